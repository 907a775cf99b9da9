-- A video of which files are kept, and whether it is among them itself; one row, or none. Parameters: video_id text.
select
    kept.video_id,
    kept.has_video
from videos as kept
where kept.video_id = %(video_id)s::text and kept.gcs_prefix is not null and kept.sha256 <> '{}'::jsonb and kept.gone_at is null;
