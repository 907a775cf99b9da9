-- Calls a run may still make, NULL without a budget; one row. Parameters: run_id text.
select greatest(0, runs.max_calls - runs.calls_made) as calls_left
from runs
where runs.run_id = %(run_id)s::text;
