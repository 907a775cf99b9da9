-- Hashtags of the known posts by their newest snapshot, the most used first; one row each. Parameters: account text, most int.
select
    tags.tag,
    count(*) as posts,
    avg(videos.total_views)::double precision as mean_views,
    percentile_cont(0.5) within group (order by videos.total_views) as median_views,
    sum(videos.total_views)::bigint as views,
    avg(videos.engagement_rate) as mean_engagement
from (
    select distinct on (content.video_id) content.*
    from content_performance as content
    where content.account = %(account)s::text
    order by content.video_id, content.snapshot_day desc
) as videos
cross join unnest(videos.hashtags) as tags (tag)
group by tags.tag
order by posts desc, views desc nulls last, tags.tag
limit %(most)s::int;
