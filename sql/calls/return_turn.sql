-- Gives back a turn that passed unused: it is no call of the run's budget. Parameters: run_id text.
update runs
set calls_made = runs.calls_made - 1
where
    runs.run_id = %(run_id)s::text
    and (runs.max_calls is not null or runs.discovery_calls is not null);
