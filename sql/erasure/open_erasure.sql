-- Begins the audit line of an erasure, or finds the one a retry goes on with; one row.
-- Parameters: run_id text, requested_by text or null.
insert into erasures as kept (run_id, requested_by)
values (%(run_id)s::text, %(requested_by)s::text)
on conflict (run_id) do update set finished_at = null
returning kept.erasure_id;
