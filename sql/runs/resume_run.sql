-- A run that was taken for interrupted goes on; no row for any other. Parameters: pipeline text, run_id text.
update runs
set state = 'running'
where runs.pipeline = %(pipeline)s::text and runs.run_id = %(run_id)s::text and runs.state = 'interrupted'
returning runs.run_id;
