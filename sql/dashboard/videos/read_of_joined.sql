-- The latest stored videos of who joined the roster on these days, at most so many of each; one row per creator, also of who has
-- none. plays and posted_at go together, the latest first. Parameters: first date, last date (both included), most int.
select
    creators.user_id,
    creators.first_seen_on,
    coalesce(known.plays, '{}'::bigint []) as plays,
    coalesce(known.posted_at, '{}'::timestamptz []) as posted_at
from creators
left join lateral (
    select
        array_agg(latest.plays order by latest.posted_at desc nulls last, latest.video_id) as plays,
        array_agg(latest.posted_at order by latest.posted_at desc nulls last, latest.video_id) as posted_at
    from (
        select
            videos.video_id,
            videos.plays,
            videos.posted_at
        from creator_videos as videos
        where videos.user_id = creators.user_id
        order by videos.posted_at desc nulls last, videos.video_id
        limit %(most)s::integer
    ) as latest
) as known on true
where creators.first_seen_on between %(first)s::date and %(last)s::date
order by creators.user_id;
