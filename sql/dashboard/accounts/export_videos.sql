-- Every snapshot of every video of an account, by video, the oldest first, each with the report and line that it comes from; one
-- row per video and snapshot. Parameters: account text.
select
    content.account,
    content.video_id,
    content.title,
    content.link,
    content.publish_date,
    content.posted_at,
    content.snapshot_day,
    content.total_views,
    content.total_likes,
    content.total_comments,
    content.total_shares,
    content.favorites,
    content.engagement_rate,
    content.average_watch_time,
    content.total_watch_time,
    content.completion_rate,
    content.unique_viewers,
    content.new_followers,
    content.profile_views,
    content.duration,
    content.is_provisional,
    content.is_frozen,
    array_to_string(content.hashtags, ' ') as hashtags,
    content.member as report_sha256,
    content.line,
    content.source
from content_performance as content
where content.account = %(account)s::text
order by content.video_id, content.snapshot_day;
