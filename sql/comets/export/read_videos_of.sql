-- A creator's videos on all days on which they were seen, with the texts they were last seen with; one row per video and day.
-- Parameters: user_id text.
select
    sightings.user_id,
    creators.handle,
    sightings.video_id,
    sightings.day,
    sightings.seen_at,
    sightings.plays,
    sightings.likes,
    sightings.comments,
    sightings.shares,
    sightings.saves,
    videos.posted_at,
    videos.duration_ms,
    videos.caption,
    array_to_string(videos.hashtags, ' ') as hashtags,
    videos.language,
    videos.music_id,
    videos.music_title,
    listed.status as shortlist_status,
    nullif(listed.note, '') as shortlist_note,
    nullif(array_to_string(listed.tags, ', '), '') as shortlist_tags,
    listed.changed_by as shortlist_changed_by,
    listed.changed_at as shortlist_changed_at
from creator_video_sightings as sightings
inner join creator_videos as videos on sightings.user_id = videos.user_id and sightings.video_id = videos.video_id
inner join creators on sightings.user_id = creators.user_id
left join shortlist as listed on creators.user_id = listed.user_id
where sightings.user_id = %(user_id)s::text
order by sightings.day, sightings.video_id;
