-- A search that failed, for the roll-up and the list of failures; no row. Parameters: query_id text, run_id text, error text,
-- kind text.
insert into research_failures (type, query_index, query, error, details, run_id)
select
    'search_failed',
    queries.position,
    queries.text,
    %(error)s::text,
    jsonb_build_object('kind', %(kind)s::text),
    %(run_id)s::text
from research_queries as queries
where queries.query_id = %(query_id)s::text;
