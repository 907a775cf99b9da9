-- Rows of research_failures in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), user_id text, subjects, handles text[] (lower
-- case). Rows of their own go whole.
select
    research_failures.failure_id,
    jsonb_build_object(
        'error', research_failures.error,
        'details', research_failures.details
    ) as texts
from research_failures
where
    lower(
        jsonb_build_array(
            research_failures.error,
            research_failures.details
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = research_failures.video_id
    )
order by 1;
