-- What processing made; no row. Parameters: video_id text, ocr_state text, speech_state text, engines jsonb, schema_version
-- int, attempts int.
update research_videos
set
    state = 'processed',
    frames_state = 'done',
    ocr_state = %(ocr_state)s::text,
    speech_state = %(speech_state)s::text,
    engines = %(engines)s::jsonb,
    schema_version = %(schema_version)s::integer,
    attempts = attempts || jsonb_build_object('process', %(attempts)s::integer),
    updated_at = now()
where video_id = %(video_id)s::text;
