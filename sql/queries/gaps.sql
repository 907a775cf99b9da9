-- Runs of days in the last 30 without a measurement, longest first; one row per creator and run of days.
-- A gap is estimated once a later day is measured, and open until then. Why: what the roll calls of those days found.
with
days as (
    select
        creators.user_id,
        creators.handle,
        calendar.day::date as day,
        stats.is_estimated
    from creators
    cross join lateral (
        select min(first_rows.recorded_date) as first_day
        from creator_stats as first_rows
        where first_rows.user_id = creators.user_id and not first_rows.is_estimated
    ) as history
    cross join lateral generate_series(
        greatest(history.first_day, current_date - 29)::timestamp, (current_date - 1)::timestamp, interval '1 day'
    ) as calendar (day)
    left join creator_stats as stats on creators.user_id = stats.user_id and calendar.day::date = stats.recorded_date
),

numbered as (
    select
        *,
        day - row_number() over (partition by user_id order by day)::integer as island
    from days
    where is_estimated is null or is_estimated
)

select
    numbered.handle,
    min(numbered.day) as first_day,
    max(numbered.day) as last_day,
    count(*) as days,
    count(*) filter (where numbered.is_estimated) as estimated_days,
    coalesce(
        string_agg(distinct misses.outcome || ': ' || misses.reason, '; '), 'not looked for: no run, budget, or not due'
    ) as why
from numbered
left join roll_call_misses as misses on numbered.user_id = misses.user_id and numbered.day = misses.day
group by numbered.user_id, numbered.handle, numbered.island
order by days desc, first_day, numbered.handle;
