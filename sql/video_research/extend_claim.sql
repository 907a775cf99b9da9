-- Keeps a video for its holder; no row. Parameters: video_id text, holder text, seconds float8.
update research_videos
set held_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8)
where video_id = %(video_id)s::text and holder = %(holder)s::text;
