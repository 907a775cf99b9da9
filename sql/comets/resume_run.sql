-- A run that was taken for interrupted goes on; no row for any other. Parameters: run_id text.
update runs
set state = 'running'
where runs.run_id = %(run_id)s::text and runs.state = 'interrupted'
returning runs.run_id;
