-- How a run ended; one row, none for one that was never opened. Parameters: run_id text.
select
    runs.day,
    runs.state,
    runs.started_at,
    runs.failed_tasks,
    coalesce((runs.settings ->> 'dry_run')::boolean, false) as dry_run
from runs
where runs.pipeline = 'account_analytics' and runs.run_id = %(run_id)s::text;
