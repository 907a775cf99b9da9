-- Marks runs as interrupted that are still marked as running; one row each. Parameters: run_ids text[].
update runs
set state = 'interrupted'
where runs.run_id = any(%(run_ids)s::text []) and runs.state = 'running'
returning runs.run_id, runs.day;
