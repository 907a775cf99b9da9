-- The keywords of some days; one row per keyword and day. Parameters: first_day date, day_after date (not included).
select
    trends.discovered_at as day,
    trends.trend_keyword as keyword,
    trends.rank,
    trends.keyword_source
from daily_trends as trends
where trends.discovered_at >= %(first_day)s::date and trends.discovered_at < %(day_after)s::date
order by trends.discovered_at, trends.rank nulls last, trends.trend_keyword;
