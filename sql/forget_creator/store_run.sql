-- Writes a run's texts anew; one row out. Parameters: run_id text, settings jsonb, counts jsonb or null, report text or null,
-- stopped_because text or null.
update runs
set
    settings = %(settings)s::jsonb,
    counts = %(counts)s::jsonb,
    report = %(report)s::text,
    stopped_because = %(stopped_because)s::text
where run_id = %(run_id)s::text
returning run_id;
