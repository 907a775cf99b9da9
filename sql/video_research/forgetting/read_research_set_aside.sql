-- Rows of research_set_aside in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), handles text[] (lower case).
select
    research_set_aside.query_id,
    research_set_aside.url,
    jsonb_build_object(
        'reason', research_set_aside.reason,
        'url', research_set_aside.url
    ) as texts
from research_set_aside
where
    lower(
        jsonb_build_array(
            research_set_aside.reason,
            research_set_aside.url
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
    and coalesce(handle_in(research_set_aside.url), '') <> all(%(handles)s::text [])
order by 1, 2;
