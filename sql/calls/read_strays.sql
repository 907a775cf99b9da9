-- Calls in the DEFAULT partition, with the first and last day of them; one row per month, without its beginning for days that no
-- calendar of ours holds.
select
    strays.month_start,
    count(*) as strays,
    min(strays.day)::text as first_day,
    max(strays.day)::text as last_day
from (
    select
        calls.day,
        case
            when calls.day between date '2010-01-01' and date '2099-12-31' then date_trunc('month', calls.day)::date
        end as month_start
    from api_calls_default as calls
) as strays
group by strays.month_start
order by strays.month_start;
