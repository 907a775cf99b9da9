-- The SHA-256 of an artefact of a video; no row for a name that is none of its own. Parameters: video_id text, name text.
select
    kept.video_id,
    kept.sha256 ->> %(name)s::text as sha256
from videos as kept
where kept.video_id = %(video_id)s::text and kept.sha256 ->> %(name)s::text is not null;
