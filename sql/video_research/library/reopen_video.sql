-- A video whose files are not whole any more: its texts stay, and the next run takes it up again; no row.
-- Parameters: video_id text.
with
emptied as (
    update videos
    set gcs_prefix = null, frame_count = 0, has_video = false, sha256 = '{}'
    where videos.video_id = %(video_id)s::text
    returning videos.video_id
)

update research_videos
set
    state = 'found',
    download_state = 'open',
    frames_state = 'open',
    ocr_state = 'open',
    speech_state = 'open',
    upload_state = 'open',
    was_reprocessed = false,
    updated_at = now()
where
    research_videos.video_id = %(video_id)s::text
    or research_videos.video_id in (select emptied.video_id from emptied);
