-- Ends the keeping of files of videos of the days before one: they are noted to go, the texts stay; one row per video.
-- Parameters: before date, most int.
with
due as (
    select
        kept.video_id,
        kept.gcs_prefix
    from videos as kept
    where
        kept.gcs_prefix is not null
        and kept.sha256 <> '{}'::jsonb
        and coalesce(kept.processed_at, kept.added_at) < %(before)s::date::timestamp at time zone 'UTC'
    order by kept.video_id
    limit %(most)s::integer
    for update
),

noted as (
    insert into media_removals (video_id, prefix, reason)
    select
        due.video_id,
        due.gcs_prefix,
        'retention' as reason
    from due
    on conflict (video_id) do nothing
)

update videos
set gcs_prefix = null, frame_count = 0, has_video = false, sha256 = '{}'
from due
where videos.video_id = due.video_id
returning videos.video_id;
