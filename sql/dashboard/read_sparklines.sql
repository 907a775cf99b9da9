-- The 30 days up to a day of a few creators, in the order of the days; one row per creator that has any.
-- Parameters: user_ids text[], day date.
select
    stats.user_id,
    array_agg(stats.recorded_date order by stats.recorded_date) as days,
    array_agg(stats.follower_count order by stats.recorded_date) as followers,
    array_agg(stats.is_estimated order by stats.recorded_date) as estimated
from creator_stats as stats
where
    stats.user_id = any(%(user_ids)s::text [])
    and stats.recorded_date > %(day)s::date - 30
    and stats.recorded_date <= %(day)s::date
group by stats.user_id;
