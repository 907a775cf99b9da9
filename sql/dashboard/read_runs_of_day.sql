-- All runs of a day, the newest first, but interrupted and dry ones last; one row per run. Parameters: day date.
select
    runs.run_id,
    runs.mode,
    runs.state,
    runs.settings,
    runs.started_at,
    runs.finished_at,
    runs.coverage,
    runs.measured,
    runs.due,
    runs.roster,
    runs.is_purge_day,
    runs.stopped_because,
    runs.failed_tasks,
    runs.failed_checks,
    runs.max_calls,
    runs.calls_made,
    runs.counts,
    runs.report,
    coalesce((runs.settings ->> 'dry_run')::boolean, false) as dry_run,
    waited.seconds_waiting,
    coalesce(waited.answered_from_ledger, 0) as answered_from_ledger
from runs
left join lateral (
    select
        sum(run_tasks.seconds_waiting) as seconds_waiting,
        sum(run_tasks.answered_from_ledger) as answered_from_ledger
    from run_tasks
    where run_tasks.pipeline = runs.pipeline and run_tasks.run_id = runs.run_id
) as waited on true
where runs.pipeline = 'comets' and runs.day = %(day)s::date
order by
    coalesce((runs.settings ->> 'dry_run')::boolean, false) asc,
    runs.state = 'interrupted' asc,
    runs.started_at desc,
    runs.run_id asc;
