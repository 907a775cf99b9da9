-- Puts cleaned texts into a creator's video; one row. Parameters: user_id text, video_id text, caption text, hashtags text[],
-- music_title text, cover_url text.
update creator_videos as videos
set
    caption = %(caption)s::text,
    hashtags = %(hashtags)s::text [],
    music_title = %(music_title)s::text,
    cover_url = %(cover_url)s::text
where videos.user_id = %(user_id)s::text and videos.video_id = %(video_id)s::text
returning videos.video_id;
