-- The run a digest is about; one row, none for an unknown run. Parameters: run_id text.
select
    runs.day,
    runs.mode,
    runs.state,
    coalesce((runs.settings ->> 'dry_run')::boolean, false) as dry_run,
    coalesce((runs.settings ->> 'max_followers')::bigint, 100000) as max_followers,
    runs.coverage,
    runs.measured,
    runs.due,
    runs.is_purge_day,
    runs.stopped_because,
    runs.failed_tasks,
    runs.failed_checks,
    coalesce((runs.counts -> 'roster' ->> 'unmeasured')::bigint, 0) as unmeasured
from runs
where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text;
