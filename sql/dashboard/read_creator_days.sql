-- A creator's days from a day on, newest first, at most 4,000 of them; one row per snapshot. is_against_estimate: observed, and
-- compared with an estimated day, which is always the day before. Parameters: user_id text, first_day date or null.
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
    stats.is_estimated,
    coalesce(not stats.is_estimated and stats.is_estimated_before, false) as is_against_estimate
from (
    select
        known.*,
        lag(known.is_estimated) over (order by known.recorded_date) as is_estimated_before
    from creator_stats as known
    where
        known.user_id = %(user_id)s::text
        and (%(first_day)s::date is null or known.recorded_date >= %(first_day)s::date - 1)
) as stats
where %(first_day)s::date is null or stats.recorded_date >= %(first_day)s::date
order by stats.recorded_date desc
limit 4000;
