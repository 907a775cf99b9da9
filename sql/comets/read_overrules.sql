-- The overrules by which a page of videos is judged, one row per video and overrule: those in force when the run began, so that
-- all of its tasks, also cleared ones, judge alike. A replay goes by those of the run that judged the video on that day, else
-- by those of the day's last live run that looked for creators, so that it writes what was written then.
-- Parameters: run_id text, day date, keyword text, is_replay bool, video_ids text[], user_ids text[] (parallel).
select
    given.video_id,
    overrules.layer,
    overrules.field,
    overrules.expected,
    overrules.reason
from unnest(%(video_ids)s::text [], %(user_ids)s::text []) as given (video_id, user_id)
inner join overrules on given.user_id = overrules.user_id
cross join (
    select
        case
            when not %(is_replay)s::boolean
                then (select runs.started_at from runs where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text)
            else (
                select runs.started_at
                from runs
                where
                    runs.pipeline = 'comets'
                    and runs.day = %(day)s::date
                    and not coalesce((runs.settings ->> 'skip_discovery')::boolean, false)
                    and not coalesce((runs.settings ->> 'dry_run')::boolean, false)
                -- A day that was never live is judged by what was in force when it was first replayed.
                order by
                    runs.mode = 'live' desc,
                    case when runs.mode = 'live' then runs.started_at end desc,
                    runs.started_at
                limit 1
            )
        end as began_at
) as usual
left join lateral (
    select runs.started_at as began_at
    from verdicts
    inner join runs on verdicts.run_id = runs.run_id and runs.pipeline = 'comets' and runs.mode = 'live'
    where
        %(is_replay)s::boolean
        and verdicts.day = %(day)s::date
        and verdicts.keyword = %(keyword)s::text
        and verdicts.video_id = given.video_id
) as judged on true
where
    overrules.made_at <= coalesce(judged.began_at, usual.began_at, clock_timestamp())
    and (
        overrules.withdrawn_at is null
        or overrules.withdrawn_at > coalesce(judged.began_at, usual.began_at, clock_timestamp())
    )
order by given.video_id, overrules.made_at, overrules.overrule_id;
