-- The status that a query has come to; no row. Parameters: query_id text, status text, reason text or null, run_id text.
update research_queries
set
    status = %(status)s::text,
    reason = %(reason)s::text,
    run_id = %(run_id)s::text,
    wants_retry = false,
    closed_at = case when %(status)s::text = 'open' then null else now() end
where query_id = %(query_id)s::text;
