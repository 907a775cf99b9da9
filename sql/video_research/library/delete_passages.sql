-- Removes the passages of a video; no row. Parameters: video_id text.
delete from video_passages
where video_passages.video_id = %(video_id)s::text;
