-- Stored snapshots of a day; one row per creator that has one. is_against_estimate: the day it is compared with was estimated.
-- Parameters: day date, user_ids text[].
select
    stats.user_id,
    stats.follower_count,
    stats.daily_growth_followers,
    stats.daily_growth_percent,
    exists(
        select from creator_stats as before
        where
            before.user_id = stats.user_id
            and before.recorded_date = stats.compared_with
            and before.is_estimated
    ) as is_against_estimate
from unnest(%(user_ids)s::text []) as wanted (user_id)
cross join lateral (
    -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
    select known.*
    from creator_stats as known
    where known.user_id = wanted.user_id and known.recorded_date = %(day)s::date
    limit 1
) as stats;
