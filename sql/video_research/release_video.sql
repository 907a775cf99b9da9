-- Gives a video back; no row. Parameters: video_id text, holder text.
update research_videos
set holder = null, held_until = null
where video_id = %(video_id)s::text and holder = %(holder)s::text;
