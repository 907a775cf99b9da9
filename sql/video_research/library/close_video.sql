-- A video whose files and row are both there; no row. Parameters: video_id text.
update research_videos
set
    state = 'uploaded',
    download_state = 'done',
    frames_state = 'done',
    upload_state = 'done',
    ocr_state = coalesce(kept.ocr_state, research_videos.ocr_state),
    speech_state = coalesce(kept.speech_state, research_videos.speech_state),
    engines = kept.engines,
    schema_version = kept.schema_version,
    failed_stage = null,
    failure_kind = null,
    reason = null,
    is_permanent = false,
    updated_at = now()
from videos as kept
where research_videos.video_id = %(video_id)s::text and kept.video_id = research_videos.video_id;
