-- Comets found under each keyword of a day; one row per keyword, in the order of the trends. Parameters: day date.
select
    daily_trends.trend_keyword as keyword,
    count(stats.user_id) as comets
from daily_trends
left join creator_stats as stats
    on
        daily_trends.trend_keyword = stats.source_trend
        and stats.recorded_date = %(day)s::date
        and not stats.is_estimated
where daily_trends.discovered_at = %(day)s::date
group by daily_trends.trend_keyword, daily_trends.rank
order by daily_trends.rank nulls last, daily_trends.trend_keyword;
