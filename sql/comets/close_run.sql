-- Ends a run with its report; one row. Parameters: run_id text, state text, counts jsonb, report text, failed_tasks text[].
update runs
set
    state = %(state)s::text,
    counts = %(counts)s::jsonb,
    report = %(report)s::text,
    failed_tasks = %(failed_tasks)s::text [],
    finished_at = clock_timestamp()
where run_id = %(run_id)s::text
returning run_id;
