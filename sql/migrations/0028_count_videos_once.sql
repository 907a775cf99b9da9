-- What counts when a video was judged several times on a day; coverage in its two numbers; and a plan that outlives its run.

-- A video found under several keywords, or by several runs of a day, has a verdict under each. The one with the highest
-- precedence counts. Accepted comes first: its creator was entered and measured on that day, whatever another rules version said
-- of it. Then the refusal that came furthest on the way through the layers: that much had been passed. What could not be judged
-- comes last: it was judged under the other keyword. It does not depend on which task was first, so a replay and a dry run count
-- alike. Of equals the latest counts.
alter table verdicts add column precedence smallint generated always as (
    case layer
        when 'accepted' then 8
        when 'face' then 7
        when 'criteria' then 5
        when 'pronoun' then 4
        when 'platform' then case when field = 'bio' then 6 else 3 end
        else case when field = 'profile' then 1 else 2 end
    end
) stored;
comment on column verdicts.precedence is
'Of several verdicts of a video on a day the highest counts: accepted, else the refusal that came furthest, else undetermined';
-- All videos of many days are counted from this index alone.
create index verdicts_day_video on verdicts (day, video_id, precedence);

alter table runs
    add column measured integer check (measured >= 0),
    add column due integer check (due >= measured);
comment on column runs.measured is 'Creators of the roster with an observed snapshot of the day when it was checked';
comment on column runs.due is 'Creators who had to have one; coverage is measured ÷ due';

-- What can be known of the days before.
update runs
set
    measured = known.measured,
    due = greatest(known.measured, round(known.measured / runs.coverage))
from (
    select
        reported.run_id,
        ((reported.counts -> 'roster' ->> 'updated')::integer + (reported.counts -> 'roster' ->> 'skipped')::integer) as measured
    from runs as reported
    where reported.counts ? 'roster'
) as known
where known.run_id = runs.run_id and runs.coverage > 0 and known.measured is not null;

-- Their pages count each video once as well; the text of their reports stays what it was.
with
videos as (
    select distinct on (verdicts.day, verdicts.video_id)
        verdicts.day,
        verdicts.layer,
        verdicts.field
    from verdicts
    order by verdicts.day, verdicts.video_id, verdicts.precedence desc, verdicts.screened_at desc, verdicts.keyword
),

counted as (
    select
        videos.day,
        jsonb_build_object(
            'videos', count(*),
            'platform', count(*) filter (where videos.layer = 'platform'),
            'platform_before_caption',
            count(*) filter (where videos.layer = 'platform' and videos.field is distinct from 'bio'),
            'pronoun', count(*) filter (where videos.layer = 'pronoun'),
            'criteria', count(*) filter (where videos.layer = 'criteria'),
            'face', count(*) filter (where videos.layer = 'face'),
            'no_cover', count(*) filter (where videos.layer = 'undetermined' and videos.field is distinct from 'profile'),
            'no_profile', count(*) filter (where videos.layer = 'undetermined' and videos.field = 'profile'),
            'accepted', count(*) filter (where videos.layer = 'accepted')
        ) as verdicts
    from videos
    group by videos.day
)

update runs
set counts = jsonb_set(runs.counts, '{verdicts}', (runs.counts -> 'verdicts') || counted.verdicts)
from counted
where
    runs.day = counted.day
    and jsonb_typeof(runs.counts -> 'verdicts') = 'object'
    and not coalesce((runs.settings ->> 'dry_run')::boolean, false);

-- Who is to be measured on a day and is in none of its open batches; one row per creator. A batch that was gone through stays as
-- it is: whoever failed in it is planned again in another one. A replay can only measure those whose answer is stored. is_open:
-- no growth known yet, or a suspect fall that needs its second look. has_answer: asked for today already, another call costs
-- nothing. waited: days since the last look, in vain or not. worth: the news to expect.
create or replace function creators_due(
    due_day date, is_replay boolean, min_followers bigint, max_followers bigint
) returns table (
    user_id text,
    is_open boolean,
    has_answer boolean,
    waited integer,
    worth double precision
)
language sql stable
as $$
    select
        creators.user_id,
        creators.growth_deviation is null or suspects.user_id is not null,
        answered.user_id is not null,
        greatest(
            0,
            due_day - coalesce(
                greatest(creators.last_measured_on, creators.last_missed_on), creators.first_seen_on, due_day - 10000
            )
        ),
        news.worth
    from creators
    cross join lateral expected_news(
        creators.growth_rate,
        creators.growth_deviation,
        creators.last_follower_count,
        greatest(0, due_day - coalesce(creators.last_measured_on, creators.first_seen_on, due_day)),
        min_followers,
        max_followers
    ) as news
    left join (
        select calls.subject as user_id
        from api_calls as calls
        where
            calls.day = due_day
            and calls.endpoint = 'user_profile'
            and calls.holds_identity
            and calls.outcome <> 'calling'
    ) as answered on creators.user_id = answered.user_id
    left join (
        select
            misses.user_id,
            max(misses.day) as day
        from roll_call_misses as misses
        where misses.outcome = 'suspect' and misses.day between due_day - 7 and due_day - 1
        group by misses.user_id
    ) as suspects on creators.user_id = suspects.user_id and suspects.day > creators.last_measured_on
    where
        (creators.first_seen_on is null or creators.first_seen_on <= due_day)
        and (is_replay or creators.next_due_on is null or creators.next_due_on <= due_day)
        and (answered.user_id is not null or not is_replay)
        and not exists (
            select from creator_stats as stats
            where stats.user_id = creators.user_id and stats.recorded_date = due_day and not stats.is_estimated
        )
        -- These were answered today; asking again would tell the same.
        and creators.user_id not in (
            select misses.user_id
            from roll_call_misses as misses
            where misses.day = due_day and misses.outcome <> 'failed'
        )
        and creators.user_id not in (
            select unnest(batches.user_ids)
            from roll_call_batches as batches
            where batches.day = due_day and batches.done_at is null
        )
$$;
