-- A video that the library has, made by these engines and in this shape; no row otherwise.
-- Parameters: video_id text, wanted jsonb (for each part the engines that are as good as new), schema_version int, with_video
-- boolean (whether the video itself has to be kept).
select kept.video_id
from videos as kept
where
    kept.video_id = %(video_id)s::text
    and engines_fit(kept.engines, %(wanted)s::jsonb)
    and kept.schema_version = %(schema_version)s::integer
    and kept.gcs_prefix is not null
    and (kept.has_video or not %(with_video)s::boolean)
    and kept.gone_at is null;
