-- Puts cleaned texts into a row of research_failures; one row.
-- Parameters: failure_id bigint, texts jsonb.
update research_failures
set
    error = given.error,
    details = given.details
from jsonb_populate_record(null::research_failures, %(texts)s::jsonb) as given
where
    research_failures.failure_id = %(failure_id)s::bigint
returning research_failures.failure_id;
