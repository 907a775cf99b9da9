-- Videos of other creators in which something may name a person; one row each, with its texts. Parameters: user_id text,
-- word_needles text[] (patterns of like, lower case).
select
    videos.user_id,
    videos.video_id,
    videos.caption,
    videos.hashtags,
    videos.music_title,
    videos.cover_url
from creator_videos as videos
where
    videos.user_id <> %(user_id)s::text
    and lower(
        concat_ws(
            ' ', videos.caption, videos.music_title, videos.cover_url, array_to_string(videos.hashtags, ' ')
        ) collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by videos.user_id, videos.video_id;
