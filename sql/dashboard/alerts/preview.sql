-- How much a wish would have told of some creators on the complete live days between two days; one row: events, and the days that
-- were looked at. Newcomers of a saved search are not foretold, and what looks bought by the latest day alone.
-- Parameters: wish_id bigint, user_ids text[], first_day date, last_day date.
with
days as (
    select complete.day
    from complete_days(%(first_day)s::date, %(last_day)s::date) as complete (day)
),

turns as (
    select
        readings.is_over,
        lag(readings.is_over) over (partition by readings.user_id, readings.kind order by days.day) as was_over
    from days
    cross join lateral alert_readings(%(wish_id)s::bigint, %(user_ids)s::text [], days.day) as readings
)

select
    (select count(*) from turns where turns.is_over and turns.was_over is not true) as events,
    (select count(*) from days) as days;
