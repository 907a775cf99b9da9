-- Calls a run may still make, NULL without a budget; one row. Parameters: run_id text.
-- greatest() passes over NULL, which would make a run without a budget one with nothing left.
select case when runs.max_calls is not null then greatest(0, runs.max_calls - runs.calls_made) end as calls_left
from runs
where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text;
