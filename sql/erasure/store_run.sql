-- Writes a run's texts anew; one row out. Parameters: pipeline text, run_id text, settings jsonb, counts jsonb or null,
-- report text or null, stopped_because text or null, failed_tasks text[], failed_checks text[].
update runs
set
    settings = %(settings)s::jsonb,
    counts = %(counts)s::jsonb,
    report = %(report)s::text,
    stopped_because = %(stopped_because)s::text,
    failed_tasks = %(failed_tasks)s::text [],
    failed_checks = %(failed_checks)s::text []
where pipeline = %(pipeline)s::text and run_id = %(run_id)s::text
returning run_id;
