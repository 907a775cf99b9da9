-- The version of the rules a run goes by because it was used before: one row or none. The run's own, if it was opened before;
-- in a replay that of its day's last run that looked for creators, live ones first, else that of the day's last verdict.
-- Parameters: run_id text, day date, is_replay bool.
select used.rules_version
from (
    select
        runs.settings ->> 'rules_version' as rules_version,
        1 as preference,
        runs.started_at as used_at
    from runs
    where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text
    union all
    select
        runs.settings ->> 'rules_version' as rules_version,
        case runs.mode when 'live' then 2 else 3 end as preference,
        runs.started_at as used_at
    from runs
    where
        %(is_replay)s::boolean
        and runs.pipeline = 'comets'
        and runs.day = %(day)s::date
        and not (runs.settings ->> 'skip_discovery')::boolean
        and not (runs.settings ->> 'dry_run')::boolean
    union all
    (
        select
            verdicts.rules_version,
            4 as preference,
            verdicts.screened_at as used_at
        from verdicts
        where
            %(is_replay)s::boolean
            and verdicts.day = %(day)s::date
        order by verdicts.screened_at desc
        limit 1
    )
) as used
where used.rules_version is not null
order by used.preference, used.used_at desc
limit 1;
