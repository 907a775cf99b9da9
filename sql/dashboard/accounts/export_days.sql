-- The days of an account from `first_day` on, oldest first, each with the report and line that its numbers come from; one row per
-- day. Parameters: account text, first_day date.
select
    stats.account,
    stats.date,
    stats.video_views,
    stats.profile_views,
    stats.likes,
    stats.comments,
    stats.shares,
    stats.engagement_rate,
    stats.total_viewers,
    stats.new_viewers,
    stats.returning_viewers,
    stats.followers,
    stats.follower_growth,
    stats.follower_growth_rate,
    stats.following,
    stats.reached_audience,
    stats.engaged_audience,
    stats.new_followers,
    stats.lost_followers,
    stats.is_provisional,
    exists(
        select from account_revisions as revisions
        where revisions.account = stats.account and revisions.day = stats.date and revisions.subject = ''
    ) as is_revised,
    overview.member as overview_report,
    stats.overview_line,
    stats.overview_member as overview_sha256,
    viewers.member as viewers_report,
    stats.viewers_line,
    followers.member as followers_report,
    stats.followers_line,
    stats.overview_source,
    stats.viewers_source,
    stats.followers_source
from social_media_stats as stats
left join lateral (
    select exports.member from account_exports as exports
    where exports.member_sha256 = stats.overview_member and exports.member <> '' order by exports.export_sha256 limit 1
) as overview on true
left join lateral (
    select exports.member from account_exports as exports
    where exports.member_sha256 = stats.viewers_member and exports.member <> '' order by exports.export_sha256 limit 1
) as viewers on true
left join lateral (
    select exports.member from account_exports as exports
    where exports.member_sha256 = stats.followers_member and exports.member <> '' order by exports.export_sha256 limit 1
) as followers on true
where stats.account = %(account)s::text and stats.date >= %(first_day)s::date
order by stats.date;
