-- The videos of an account by their newest snapshot; one row per video. Parameters: account text, ordered_by text, most int,
-- skipped int.
select
    videos.*,
    viral.viral_percentile
from (
    select distinct on (content.video_id)
        content.*,
        count(*) over (partition by content.video_id) as snapshots
    from content_performance as content
    where content.account = %(account)s::text
    order by content.video_id, content.snapshot_day desc
) as videos
left join lateral (
    select found.viral_percentile
    from viral_content as found
    where found.account = videos.account and found.video_id = videos.video_id
    order by found.day desc
    limit 1
) as viral on true
order by
    case %(ordered_by)s::text
        when 'views' then videos.total_views::double precision
        when 'likes' then videos.total_likes::double precision
        when 'comments' then videos.total_comments::double precision
        when 'shares' then videos.total_shares::double precision
        when 'engagement' then videos.engagement_rate
        when 'posted' then extract(epoch from coalesce(videos.posted_at, videos.publish_date))::double precision
    end desc nulls last,
    videos.video_id desc
limit %(most)s::int offset %(skipped)s::int;
