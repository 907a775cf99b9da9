-- Notes that a video did not pass and is processed once more; no row. Parameters: video_id text.
update research_videos
set was_reprocessed = true, updated_at = now()
where video_id = %(video_id)s::text;
