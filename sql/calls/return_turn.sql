-- Gives back a turn that passed unused: it is no call of the run's budget. Parameters: pipeline text, run_id text.
update runs
set calls_made = runs.calls_made - 1
where
    runs.pipeline = %(pipeline)s::text
    and runs.run_id = %(run_id)s::text
    and (runs.max_calls is not null or runs.discovery_calls is not null);
