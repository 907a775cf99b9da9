-- Videos of others with files, of which a text may name a person; one row each, with where the files lie.
-- Parameters: needles text[] (patterns of like, lower case), words text[] (lower case), user_id text, subjects, handles text[]
-- (lower case).
select
    videos.video_id,
    videos.gcs_prefix
from videos
where
    videos.gcs_prefix is not null
    and (
        lower(
            jsonb_build_array(
                videos.url,
                videos.title,
                videos.transcript,
                videos.ocr_text,
                videos.caption
            )::text collate ucs_basic
        ) like any(%(needles)s::text [])
        -- Hashtags stand there without their sign.
        or exists (
            select from unnest(videos.hashtags) as tags (tag)
            where lower(tags.tag collate ucs_basic) = any(%(words)s::text [])
        )
        or exists (
            select from video_passages as passages
            where
                passages.video_id = videos.video_id
                and lower(passages.text collate ucs_basic) like any(%(needles)s::text [])
        )
    )
    and not exists (
        select from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as own (video_id)
        where own.video_id = videos.video_id
    )
order by videos.video_id;
