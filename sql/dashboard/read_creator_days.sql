-- A creator's days from a day on, newest first, at most 4,000 of them; one row per snapshot.
-- Parameters: user_id text, first_day date or null.
select
    stats.recorded_date,
    stats.follower_count,
    stats.heart_count,
    stats.video_count,
    stats.daily_growth_followers,
    stats.daily_growth_percent,
    stats.compared_with,
    stats.source_trend,
    stats.observed_at,
    stats.origin,
    stats.is_estimated
from creator_stats as stats
where
    stats.user_id = %(user_id)s::text
    and (%(first_day)s::date is null or stats.recorded_date >= %(first_day)s::date)
order by stats.recorded_date desc
limit 4000;
