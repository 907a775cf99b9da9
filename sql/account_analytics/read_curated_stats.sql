-- What social_media_stats has of some accounts, to be compared with what is staged;
-- one row per account: its rows as lines of CSV, in which a backslash stands for one more. Parameters: accounts text[].
select
    rows.account,
    string_agg(trim(both '()' from rows::text), chr(10)) as lines
from (
    select
        kept.account,
        kept.video_views,
        kept.profile_views,
        kept.likes,
        kept.comments,
        kept.shares,
        kept.reached_audience,
        kept.net_followers,
        kept.new_followers,
        kept.lost_followers,
        kept.total_viewers,
        kept.new_viewers,
        kept.returning_viewers,
        kept.followers,
        kept.following,
        kept.engaged_audience,
        kept.follower_growth,
        kept.follower_growth_rate,
        kept.engagement_rate,
        kept.is_provisional,
        kept.overview_member,
        kept.overview_line,
        kept.viewers_member,
        kept.viewers_line,
        kept.followers_member,
        kept.followers_line,
        kept.extra::text as extra,
        kept.date,
        kept.is_made_up
    from social_media_stats as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
