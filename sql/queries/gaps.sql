-- Runs of days in the last 30 without a measurement, longest first; one row per creator and run. Days between two
-- measured ones are estimated, days since the last one are not there yet. Why: what the roll calls of those days found.
with
first_days as (
    select
        user_id,
        min(recorded_date) as first_day
    from creator_stats
    where not is_estimated
    group by user_id
),

unmeasured as (
    select
        first_days.user_id,
        stats.is_estimated,
        calendar.due_at::date as due_on,
        calendar.due_at::date - row_number() over in_order::integer as gap
    from first_days
    inner join generate_series(current_date - 29, current_date - 1, interval '1 day') as calendar (due_at)
        on first_days.first_day < calendar.due_at
    left join creator_stats as stats
        on first_days.user_id = stats.user_id and calendar.due_at::date = stats.recorded_date
    where stats.is_estimated is distinct from false
    window in_order as (
        partition by first_days.user_id
        order by calendar.due_at
    )
)

select
    creators.handle,
    min(unmeasured.due_on) as first_day,
    max(unmeasured.due_on) as last_day,
    count(distinct unmeasured.due_on) as days_long,
    count(distinct unmeasured.due_on) filter (where unmeasured.is_estimated) as estimated_days,
    coalesce(string_agg(distinct misses.outcome || ': ' || misses.reason, '; '), 'not looked for') as why
from unmeasured
inner join creators on unmeasured.user_id = creators.user_id
left join roll_call_misses as misses on unmeasured.user_id = misses.user_id and unmeasured.due_on = misses.day
group by unmeasured.user_id, unmeasured.gap, creators.handle
order by count(distinct unmeasured.due_on) desc, min(unmeasured.due_on) asc, creators.handle asc;
