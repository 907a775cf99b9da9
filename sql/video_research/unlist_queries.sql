-- Lets queries rest that came from the list and stand in it no longer; one row out per query. Parameters: query_ids text[] (those
-- that stand there).
update research_queries as known
set is_listed = false
where known.source = 'list' and known.is_listed and known.query_id <> all(%(query_ids)s::text [])
returning known.query_id;
