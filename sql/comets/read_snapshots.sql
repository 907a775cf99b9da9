-- Stored snapshots of a day; one row per creator that has one. Parameters: day date, user_ids text[].
select
    stats.user_id,
    stats.follower_count,
    stats.daily_growth_followers,
    stats.daily_growth_percent
from creator_stats as stats
where stats.recorded_date = %(day)s::date and stats.user_id = any(%(user_ids)s::text []);
