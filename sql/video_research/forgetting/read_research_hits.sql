-- Rows of research_hits in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), user_id text, subjects, handles text[] (lower
-- case). Rows of their own go whole.
select
    research_hits.query_id,
    research_hits.video_id,
    jsonb_build_object(
        'url', research_hits.url,
        'title', research_hits.title,
        'play_url', research_hits.play_url
    ) as texts
from research_hits
where
    lower(
        jsonb_build_array(
            research_hits.url,
            research_hits.title,
            research_hits.play_url
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = research_hits.video_id
    )
order by 1, 2;
