-- A video that passed; no row. Parameters: video_id text.
update research_videos
set state = 'validated', updated_at = now()
where video_id = %(video_id)s::text;
