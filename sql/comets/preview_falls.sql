-- Whose look of a day would be suspect if it were stored; one row per creator. Parameters: day date, and arrays of the same
-- length: user_ids text[], followers bigint[].
select looked.user_id
from unnest(%(user_ids)s::text [], %(followers)s::bigint []) as looked (user_id, follower_count)
cross join lateral (
    select
        stats.recorded_date,
        stats.follower_count
    from creator_stats as stats
    where
        stats.user_id = looked.user_id
        and stats.recorded_date < %(day)s::date
        and not stats.is_estimated
    order by stats.recorded_date desc
    limit 1
) as believed
where
    is_fall(believed.follower_count, looked.follower_count)
    -- The look before it, or the one after, is no second look.
    and not exists (
        select from roll_call_misses as misses
        where
            misses.user_id = looked.user_id
            and misses.outcome = 'suspect'
            and misses.day > believed.recorded_date
            and misses.day < %(day)s::date
    )
    and coalesce(
        (
            select not is_fall(believed.follower_count, later.follower_count)
            from (
                select
                    stats.recorded_date,
                    stats.follower_count
                from creator_stats as stats
                where
                    stats.user_id = looked.user_id
                    and stats.recorded_date > %(day)s::date
                    and not stats.is_estimated
                union all
                select
                    misses.day,
                    misses.follower_count
                from roll_call_misses as misses
                where
                    misses.user_id = looked.user_id
                    and misses.day > %(day)s::date
                    and misses.outcome = 'suspect'
            ) as later
            order by later.recorded_date
            limit 1
        ),
        true
    )
order by looked.user_id;
