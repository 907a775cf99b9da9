-- Rows of video_passages in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), user_id text, subjects, handles text[] (lower
-- case). Rows of their own go whole.
select
    video_passages.video_id,
    video_passages.source,
    video_passages.number,
    jsonb_build_object('text', video_passages.text) as texts
from video_passages
where
    lower(video_passages.text collate ucs_basic) like any(%(word_needles)s::text [])
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = video_passages.video_id
    )
order by 1, 2, 3;
