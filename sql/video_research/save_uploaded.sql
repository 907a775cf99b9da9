-- A video whose artefacts and row are where they belong; no row. Parameters: video_id text, attempts int.
update research_videos
set
    state = 'uploaded',
    upload_state = 'done',
    failed_stage = null,
    failure_kind = null,
    reason = null,
    is_permanent = false,
    attempts = attempts || jsonb_build_object('upload', %(attempts)s::integer),
    updated_at = now()
where video_id = %(video_id)s::text;
