-- The days of which the ledger holds calls; one row per day, found by skipping from day to day.
with recursive
days as (
    (
        select calls.day
        from api_calls as calls
        order by calls.day
        limit 1
    )
    union all
    select
        (
            select calls.day
            from api_calls as calls
            where calls.day > days.day
            order by calls.day
            limit 1
        )
    from days
    where days.day is not null
)

select days.day
from days
where days.day is not null;
