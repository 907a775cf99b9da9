-- Rows of research_queries in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    research_queries.query_id,
    jsonb_build_object(
        'addresses', research_queries.addresses,
        'reason', research_queries.reason
    ) as texts
from research_queries
where
    lower(
        jsonb_build_array(
            research_queries.addresses,
            research_queries.reason
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1;
