-- The videos of a creator, the latest post first; one row per video. plays_a_day: between the first and the last time it was
-- seen, NULL where it was seen on one day alone. Parameters: user_id text, most int.
select
    videos.video_id,
    videos.posted_at,
    videos.duration_ms,
    videos.plays,
    videos.likes,
    videos.comments,
    videos.shares,
    videos.saves,
    videos.caption,
    videos.hashtags,
    videos.language,
    videos.music_title,
    videos.seen_at,
    videos.first_seen_on,
    videos.last_seen_on,
    growing.sightings,
    growing.plays_a_day
from creator_videos as videos
cross join lateral (
    select
        count(*) as sightings,
        (
            (array_agg(sightings.plays order by sightings.day desc))[1] - (array_agg(sightings.plays order by sightings.day))[1]
        ) * 86400 / nullif(extract(epoch from max(sightings.seen_at) - min(sightings.seen_at)), 0) as plays_a_day
    from creator_video_sightings as sightings
    where sightings.user_id = videos.user_id and sightings.video_id = videos.video_id
) as growing
where videos.user_id = %(user_id)s::text
order by videos.posted_at desc nulls last, videos.video_id desc
limit %(most)s::integer;
