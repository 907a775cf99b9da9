-- Creators whose growth around one day is not what their stored snapshots say; one row per creator. Parameters: day date.
select today.user_id
from creator_stats as today
left join creator_stats as yesterday
    on
        today.user_id = yesterday.user_id
        and yesterday.recorded_date = %(day)s::date - 1
left join lateral (
    -- Only a creator without a row of yesterday needs the look further back.
    select max(older.recorded_date) as recorded_date
    from creator_stats as older
    where
        yesterday.user_id is null
        and older.user_id = today.user_id
        and older.recorded_date < %(day)s::date - 1
) as before on true
where
    today.recorded_date = %(day)s::date
    and (
        before.recorded_date is not null
        or (yesterday.user_id is null and today.compared_with is not null)
        or (
            yesterday.user_id is not null
            and (
                today.compared_with, today.daily_growth_followers
            ) is distinct from (
                yesterday.recorded_date,
                coalesce(growth_followers(yesterday.follower_count, today.follower_count), 0)
            )
        )
    )
union
select later.user_id
from creator_stats as later
where
    later.recorded_date > %(day)s::date
    and later.recorded_date <= %(day)s::date + 31
    and not later.is_estimated
    and not exists (
        select from creator_stats as today
        where today.user_id = later.user_id and today.recorded_date = %(day)s::date
    )
    and exists (
        select from creator_stats as older
        where
            older.user_id = later.user_id
            and older.recorded_date < %(day)s::date
            and not older.is_estimated
    );
