-- Puts the SHA-256 of files that were changed into a row of videos; one row. Parameters: video_id text, digests jsonb (by name).
update videos
set sha256 = videos.sha256 || %(digests)s::jsonb
where videos.video_id = %(video_id)s::text
returning videos.video_id;
