-- The days before a given one that had a run, newest first; one row per day, with its last run.
-- Parameters: before date (not included), most int.
with
days as (
    select
        runs.day,
        count(*) as runs
    from runs
    where runs.pipeline = 'comets' and runs.day < %(before)s::date
    group by runs.day
    order by runs.day desc
    limit %(most)s::integer
)

select
    days.day,
    days.runs,
    last_run.run_id,
    last_run.mode,
    last_run.state,
    last_run.started_at,
    last_run.finished_at,
    last_run.coverage,
    last_run.measured,
    last_run.due,
    last_run.is_purge_day,
    last_run.stopped_because,
    last_run.failed_tasks,
    last_run.failed_checks,
    last_run.max_calls,
    last_run.calls_made,
    coalesce((last_run.settings ->> 'dry_run')::boolean, false) as dry_run,
    last_run.counts,
    coalesce(spent.billed_calls, 0) as billed_calls,
    coalesce(spent.usd, 0) as usd
from days
cross join lateral (
    -- A dry run says nothing of the day when a real one is there, nor does an interrupted one when another came to its end.
    select runs.*
    from runs
    where runs.pipeline = 'comets' and runs.day = days.day
    order by
        coalesce((runs.settings ->> 'dry_run')::boolean, false) asc,
        runs.state = 'interrupted' asc,
        runs.started_at desc,
        runs.run_id asc
    limit 1
) as last_run
left join lateral (
    select
        sum(bill.billed_calls) as billed_calls,
        sum(bill.usd) as usd
    from pipeline_spend as bill
    where bill.pipeline = 'comets' and bill.day = days.day
) as spent on true
order by days.day desc;
