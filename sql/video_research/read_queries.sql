-- Queries by their ids; one row per query, in the order of their places. Parameters: query_ids text[].
select
    known.query_id,
    known.position,
    known.text,
    known.language,
    known.country,
    known.addresses,
    known.is_made_up
from research_queries as known
where known.query_id = any(%(query_ids)s::text [])
order by known.position;
