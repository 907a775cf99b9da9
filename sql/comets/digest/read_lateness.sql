-- How far a day is that is measured today; one row. What neither measures nor stores does not count as a run of the day.
-- Parameters: day date.
with
measuring as (
    select runs.*
    from runs
    where
        runs.pipeline = 'comets'
        and runs.day = %(day)s::date
        and runs.mode = 'live'
        and not coalesce((runs.settings ->> 'dry_run')::boolean, false)
        and not coalesce((runs.settings ->> 'skip_roll_call')::boolean, false)
)

select
    exists(select from creators) as has_roster,
    (select count(*) from creators_unmeasured(%(day)s::date, false)) as unmeasured,
    (
        select count(*)
        from creator_stats as stats
        where stats.recorded_date = %(day)s::date and not stats.is_estimated
    ) as measured,
    exists(select from measuring where measuring.state = 'complete') as is_complete,
    latest.state,
    latest.stopped_because,
    latest.failed_tasks,
    latest.failed_checks
from (values (1)) as once (one)
left join lateral (
    select measuring.*
    from measuring
    order by measuring.started_at desc, measuring.run_id
    limit 1
) as latest on true;
