-- A day's keywords as they were found; one row per keyword. Parameters: day date.
select
    daily_trends.trend_keyword,
    daily_trends.rank,
    daily_trends.keyword_source
from daily_trends
where daily_trends.discovered_at = %(day)s::date
order by daily_trends.rank nulls last, daily_trends.trend_keyword;
