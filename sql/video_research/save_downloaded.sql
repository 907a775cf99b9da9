-- A proved download; no row. What was made of an earlier file is made again only where it no longer lies in the folder.
-- Parameters: video_id text, size_bytes bigint, duration_s float8, folder text, attempts int.
update research_videos
set
    state = 'downloaded',
    download_state = 'done',
    size_bytes = %(size_bytes)s::bigint,
    duration_s = %(duration_s)s::float8,
    folder = %(folder)s::text,
    failed_stage = null,
    failure_kind = null,
    reason = null,
    is_permanent = false,
    attempts = attempts || jsonb_build_object('download', %(attempts)s::integer),
    updated_at = now()
where video_id = %(video_id)s::text;
