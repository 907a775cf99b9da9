-- Rows of research_videos in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), user_id text, subjects, handles text[] (lower
-- case). Rows of their own go whole.
select
    research_videos.video_id,
    jsonb_build_object(
        'url', research_videos.url,
        'reason', research_videos.reason,
        'folder', research_videos.folder
    ) as texts
from research_videos
where
    lower(
        jsonb_build_array(
            research_videos.url,
            research_videos.reason,
            research_videos.folder
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = research_videos.video_id
    )
order by 1;
