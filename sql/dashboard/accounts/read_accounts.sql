-- Every account as the page Accounts shows it, each up to its own last complete day; one row per account, by name. Sums and
-- counts of known days are over the period of so many days (`…_before`: over the one before it). Parameters: days int.
select
    accounts.account,
    accounts.handle,
    accounts.is_made_up,
    accounts.stale_since,
    accounts.uncurated_since,
    complete.last_day,
    follower.followers_day,
    follower.followers,
    earlier.followers as followers_before,
    period.views,
    period.views_before,
    period.days_known,
    period.days_known_before,
    period.engagements,
    period.engaged_views,
    usual.engagement as usual_engagement,
    usual.days as usual_days,
    line.days as line_days,
    line.views as line_views,
    quality.overall,
    quality.overall_mean,
    quality.completeness,
    quality.consistency,
    quality.validity,
    quality.freshness,
    quality.accuracy,
    quality.day as quality_day,
    files.downloaded_at,
    files.landed_at,
    coalesce(files.aside, 0) as aside,
    activity.activity_day,
    coalesce(open_anomalies.anomalies, 0) as anomalies
from accounts
left join lateral (
    select stats.date as last_day
    from social_media_stats as stats
    where stats.account = accounts.account and not stats.is_provisional and stats.video_views is not null
    order by stats.date desc
    limit 1
) as complete on true
left join lateral (
    select
        stats.date as followers_day,
        stats.followers
    from social_media_stats as stats
    where stats.account = accounts.account and stats.followers is not null
    order by stats.date desc
    limit 1
) as follower on true
left join social_media_stats as earlier
    on accounts.account = earlier.account and earlier.date = follower.followers_day - %(days)s::int
left join lateral (
    select
        sum(stats.video_views) filter (where stats.date > complete.last_day - %(days)s::int)::bigint as views,
        sum(stats.video_views) filter (where stats.date <= complete.last_day - %(days)s::int)::bigint as views_before,
        count(stats.video_views) filter (where stats.date > complete.last_day - %(days)s::int) as days_known,
        count(stats.video_views) filter (where stats.date <= complete.last_day - %(days)s::int) as days_known_before,
        sum(stats.likes + stats.comments + stats.shares)
            filter (where stats.date > complete.last_day - %(days)s::int and stats.video_views is not null)::bigint
            as engagements,
        sum(stats.video_views)
            filter (
                where stats.date > complete.last_day - %(days)s::int
                and stats.likes + stats.comments + stats.shares is not null
            )::bigint as engaged_views
    from social_media_stats as stats
    where
        stats.account = accounts.account
        and stats.date > complete.last_day - 2 * %(days)s::int
        and stats.date <= complete.last_day
) as period on true
left join lateral (
    select
        percentile_cont(0.5) within group (order by stats.engagement_rate) as engagement,
        count(stats.engagement_rate) as days
    from social_media_stats as stats
    where
        stats.account = accounts.account
        and stats.date > complete.last_day - %(days)s::int - 90
        and stats.date <= complete.last_day - %(days)s::int
) as usual on true
left join lateral (
    select
        array_agg(stats.date order by stats.date) as days,
        array_agg(stats.video_views order by stats.date) as views
    from social_media_stats as stats
    where
        stats.account = accounts.account
        and stats.date > complete.last_day - 28
        and stats.date <= complete.last_day
        and stats.video_views is not null
) as line on true
left join lateral (
    select scores.*
    from account_quality as scores
    where scores.account = accounts.account
    order by scores.day desc, scores.run_id desc
    limit 1
) as quality on true
left join (
    select
        exports.account,
        max(exports.exported_at) filter (where exports.state in ('staged', 'duplicate')) as downloaded_at,
        max(exports.landed_at) filter (where exports.state in ('staged', 'duplicate')) as landed_at,
        count(*) filter (where exports.state in ('waiting', 'quarantined', 'refused')) as aside
    from account_exports as exports
    where exports.member <> ''
    group by exports.account
) as files on accounts.account = files.account
left join lateral (
    select insights.day as activity_day
    from audience_insights as insights
    where insights.account = accounts.account and insights.kind = 'active_followers'
    order by insights.day desc
    limit 1
) as activity on true
left join (
    select
        found.account,
        count(*) as anomalies
    from account_anomalies as found
    where found.acknowledged_at is null
    group by found.account
) as open_anomalies on accounts.account = open_anomalies.account
order by accounts.account;
