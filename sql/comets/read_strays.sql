-- Snapshots in the DEFAULT partition, with the first and last day of them; one row per month, without its beginning for days that
-- no calendar of ours holds.
select
    strays.month_start,
    count(*) as strays,
    min(strays.recorded_date)::text as first_day,
    max(strays.recorded_date)::text as last_day
from (
    select
        stats.recorded_date,
        case
            when stats.recorded_date between date '2010-01-01' and date '2099-12-31'
                then date_trunc('month', stats.recorded_date)::date
        end as month_start
    from creator_stats_default as stats
) as strays
group by strays.month_start
order by strays.month_start;
