-- Months whose rows lie in a DEFAULT partition, within what a calendar of ours can hold; one row per month.
-- Parameters: most int.
select strays.month_start
from (
    select date_trunc('month', stats.recorded_date)::date as month_start
    from creator_stats_default as stats
    where stats.recorded_date between date '2010-01-01' and date '2099-12-31'
    union
    select date_trunc('month', calls.day)::date
    from api_calls_default as calls
    where calls.day between date '2010-01-01' and date '2099-12-31'
) as strays
order by strays.month_start
limit %(most)s::integer;
