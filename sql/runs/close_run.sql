-- Ends a run with its report, whose coverage is the run's; one row. Parameters: pipeline text, run_id text, state text,
-- counts jsonb, report text, failed_tasks text[].
update runs
set
    state = %(state)s::text,
    counts = %(counts)s::jsonb,
    coverage = coalesce(
        (%(counts)s::jsonb -> 'coverage' ->> 'measured')::numeric
        / nullif((%(counts)s::jsonb -> 'coverage' ->> 'due')::integer, 0),
        coverage
    ),
    measured = coalesce((%(counts)s::jsonb -> 'coverage' ->> 'measured')::integer, measured),
    due = coalesce((%(counts)s::jsonb -> 'coverage' ->> 'due')::integer, due),
    report = %(report)s::text,
    failed_tasks = %(failed_tasks)s::text [],
    finished_at = clock_timestamp()
where pipeline = %(pipeline)s::text and run_id = %(run_id)s::text
returning run_id;
