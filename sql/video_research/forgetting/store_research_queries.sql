-- Puts cleaned texts into a row of research_queries; one row.
-- Parameters: query_id text, texts jsonb.
update research_queries
set
    addresses = given.addresses,
    reason = given.reason
from jsonb_populate_record(null::research_queries, %(texts)s::jsonb) as given
where
    research_queries.query_id = %(query_id)s::text
returning research_queries.query_id;
