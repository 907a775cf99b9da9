-- Notes that a video was not found at its source any more, and since when; no row. Parameters: video_id text.
update videos
set gone_at = coalesce(videos.gone_at, now())
where videos.video_id = %(video_id)s::text;
