-- Rows in the DEFAULT partitions, with the first and last day of them; one row per table that has any.
select
    'creator_stats' as table_name,
    count(*) as strays,
    min(stats.recorded_date)::text as first_day,
    max(stats.recorded_date)::text as last_day
from creator_stats_default as stats
having count(*) > 0
union all
select
    'api_calls',
    count(*),
    min(calls.day)::text,
    max(calls.day)::text
from api_calls_default as calls
having count(*) > 0;
