-- Leaves a question out until somebody goes on with it; no row. Parameters: query_id text.
update research_queries
set is_paused = true
where query_id = %(query_id)s::text;
