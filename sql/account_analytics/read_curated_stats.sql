-- What social_media_stats has of some accounts, to be compared with what is staged;
-- one row per account: its rows as JSON, one to a line. Parameters: accounts text[].
select
    rows.account,
    string_agg(row_to_json(rows)::text, chr(10)) as lines
from (
    select
        kept.account,
        kept.date,
        kept.video_views,
        kept.profile_views,
        kept.likes,
        kept.comments,
        kept.shares,
        kept.followers,
        kept.following,
        kept.reached_audience,
        kept.engaged_audience,
        kept.total_viewers,
        kept.new_viewers,
        kept.returning_viewers,
        kept.new_followers,
        kept.lost_followers,
        kept.net_followers,
        kept.follower_growth,
        kept.follower_growth_rate,
        kept.engagement_rate,
        kept.is_provisional,
        kept.extra::text as extra,
        kept.overview_member,
        kept.overview_line,
        kept.viewers_member,
        kept.viewers_line,
        kept.followers_member,
        kept.followers_line,
        kept.is_made_up
    from social_media_stats as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
