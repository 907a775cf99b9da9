-- Ends the audit line of an erasure; one row. Parameters: erasure_id bigint.
update erasures
set finished_at = clock_timestamp()
where erasure_id = %(erasure_id)s::bigint
returning erasures.removed;
