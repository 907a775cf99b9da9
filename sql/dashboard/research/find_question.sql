-- The question of this id. Parameters: query_id text.
select
    queries.query_id,
    queries.text,
    queries.language,
    queries.country,
    queries.addresses
from research_queries as queries
where queries.query_id = %(query_id)s::text;
