-- Who a dry run's roll call would look at, most important first; one row per creator. Parameters: day date, most bigint or null.
select
    creators.user_id,
    creators.sec_user_id,
    creators.handle
from creators
left join creator_stats as yesterday
    on
        creators.user_id = yesterday.user_id
        and yesterday.recorded_date = %(day)s::date - 1
        and not yesterday.is_estimated
where
    (creators.first_seen_on is null or creators.first_seen_on <= %(day)s::date)
    and (creators.next_due_on is null or creators.next_due_on <= %(day)s::date)
    and not exists (
        select from creator_stats as stats
        where
            stats.user_id = creators.user_id
            and stats.recorded_date = %(day)s::date
            and not stats.is_estimated
    )
    and not exists (
        select from roll_call_misses as misses
        where
            misses.user_id = creators.user_id
            and misses.day = %(day)s::date
            and misses.outcome <> 'failed'
    )
order by yesterday.daily_growth_percent desc nulls first, creators.user_id
limit %(most)s::bigint;
