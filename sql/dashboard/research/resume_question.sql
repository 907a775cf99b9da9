-- Goes on with a question that was paused; no row. Parameters: query_id text.
update research_queries
set is_paused = false
where query_id = %(query_id)s::text;
