-- Creators accepted under each keyword of a day, and how many of them are new on that day; one row per keyword, in the order of
-- the trends. A creator counts for every keyword that found them: the credit of the first, source_trend, says nothing of the
-- others. Parameters: day date.
with
found as (
    select
        verdicts.keyword,
        count(distinct verdicts.user_id) as comets,
        count(distinct verdicts.user_id) filter (where creators.first_seen_on = %(day)s::date) as new_comets
    from verdicts
    left join creators on verdicts.user_id = creators.user_id
    where verdicts.day = %(day)s::date and verdicts.layer = 'accepted'
    group by verdicts.keyword
)

select
    daily_trends.trend_keyword as keyword,
    daily_trends.rank,
    coalesce(found.comets, 0) as comets,
    coalesce(found.new_comets, 0) as new_comets
from daily_trends
left join found on daily_trends.trend_keyword = found.keyword
where daily_trends.discovered_at = %(day)s::date
order by daily_trends.rank nulls last, daily_trends.trend_keyword;
