-- Takes back that the files of a video are to go, as new ones come; no row. Parameters: video_id text.
delete from media_removals
where media_removals.video_id = %(video_id)s::text;
