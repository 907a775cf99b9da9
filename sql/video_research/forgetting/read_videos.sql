-- Rows of videos in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case), user_id text, subjects, handles text[] (lower
-- case). Rows of their own go whole.
select
    videos.video_id,
    jsonb_build_object(
        'url', videos.url,
        'title', videos.title,
        'transcript', videos.transcript,
        'ocr_text', videos.ocr_text,
        'caption', videos.caption,
        'hashtags', videos.hashtags,
        'counts', videos.counts
    ) as texts
from videos
where
    lower(
        jsonb_build_array(
            videos.url,
            videos.title,
            videos.transcript,
            videos.ocr_text,
            videos.caption,
            videos.hashtags,
            videos.counts
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = videos.video_id
    )
order by 1;
