-- The latest stored videos of each of `creators`, at most so many: `known`, with plays and posted_at that go together, the
-- latest first. Parameters: most int.
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
