-- What content_performance has of some accounts, to be compared with what is staged;
-- one row per account: its rows as lines of CSV, in which a backslash stands for one more. Parameters: accounts text[].
select
    rows.account,
    string_agg(trim(both '()' from rows::text), chr(10)) as lines
from (
    select
        kept.account,
        kept.video_id,
        kept.snapshot_day,
        kept.publish_date,
        extract(epoch from kept.posted_at)::bigint as posted_at,
        kept.title,
        kept.link,
        kept.total_views,
        kept.total_likes,
        kept.total_comments,
        kept.total_shares,
        kept.favorites,
        kept.views_last_7_days,
        kept.unique_viewers,
        kept.new_followers,
        kept.profile_views,
        kept.average_watch_time,
        kept.total_watch_time,
        kept.duration,
        kept.completion_rate,
        kept.engagement_rate,
        kept.share_rate,
        array_to_string(kept.hashtags, ' ') as hashtags,
        array_to_string(kept.mentions, ' ') as mentions,
        kept.is_provisional,
        kept.is_frozen,
        kept.extra::text as extra,
        kept.member,
        kept.line,
        kept.is_made_up
    from content_performance as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
