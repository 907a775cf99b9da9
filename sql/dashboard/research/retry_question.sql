-- Has the next run take a question up again, with what failed for good as well; no row. Parameters: query_id text.
update research_queries
set wants_retry = true, is_paused = false
where query_id = %(query_id)s::text;
