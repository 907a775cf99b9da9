-- Marks runs as interrupted that are still marked as running; one row each.
-- Parameters: pipelines text[], run_ids text[] (parallel).
update runs
set state = 'interrupted'
from unnest(%(pipelines)s::text [], %(run_ids)s::text []) as given (pipeline, run_id)
where runs.pipeline = given.pipeline and runs.run_id = given.run_id and runs.state = 'running'
returning runs.pipeline, runs.run_id, runs.day;
