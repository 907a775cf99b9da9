-- The day's data-quality figures; one row. Parameters: day date.
with
today as (
    select stats.*
    from creator_stats as stats
    where stats.recorded_date = %(day)s::date
),

moves as (
    select
        count(*) as compared,
        count(*) filter (where today.daily_growth_percent <= -2) as fell
    from today
    where not today.is_estimated and today.compared_with = %(day)s::date - 1
)

select
    (
        select count(*)
        from today
        where today.follower_count < 0 or today.heart_count < 0 or today.video_count < 0
    ) as negative,
    (
        select count(*)
        from (
            select today.user_id
            from today
            group by today.user_id
            having count(*) > 1
        ) as doubled
    ) as doubled,
    (
        select count(*)
        from today
        where not exists (select from creators where creators.user_id = today.user_id)
    ) as orphaned,
    (
        select count(*)
        from today
        where today.is_estimated <> (today.origin = 'interpolation') or (not today.is_estimated and today.observed_at is null)
    ) as unflagged,
    (select count(*) from creator_stats_default) + (select count(*) from api_calls_default) as in_default_partition,
    moves.compared,
    moves.fell,
    (
        select count(*)
        from roll_call_misses as misses
        where misses.day = %(day)s::date and misses.outcome = 'suspect'
    ) as suspect
from moves;
