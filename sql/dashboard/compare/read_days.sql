-- Followers of a few creators on the days from one on, in their order; one row per creator and day. Parameters: user_ids text[],
-- first_day date.
select
    stats.user_id,
    stats.recorded_date,
    stats.follower_count,
    stats.is_estimated
from creator_stats as stats
where stats.user_id = any(%(user_ids)s::text []) and stats.recorded_date >= %(first_day)s::date
order by stats.user_id, stats.recorded_date;
