-- The keywords of a day, what was screened under each and what it brought; one row per keyword, in the order of the trends. What
-- was found under several keywords is counted under each of them.
-- Parameters: day date.
with
judged as (
    select
        verdicts.keyword,
        count(*) as videos,
        count(*) filter (where verdicts.layer = 'accepted') as accepted,
        count(distinct verdicts.user_id) filter (where verdicts.layer = 'accepted') as creators,
        count(distinct verdicts.user_id) filter (
            where verdicts.layer = 'accepted' and known.first_seen_on = %(day)s::date
        ) as new_creators
    from verdicts
    left join creators as known on verdicts.user_id = known.user_id
    where verdicts.day = %(day)s::date
    group by verdicts.keyword
),

spent as (
    select
        sums.keyword,
        sum(sums.calls) as calls,
        sum(sums.usd) as usd
    from call_summaries as sums
    where sums.pipeline = 'comets' and sums.day = %(day)s::date and sums.keyword <> ''
    group by sums.keyword
)

select
    coalesce(trends.trend_keyword, judged.keyword) as keyword,
    trends.rank,
    trends.keyword_source,
    coalesce(judged.videos, 0) as videos,
    coalesce(judged.accepted, 0) as accepted,
    coalesce(judged.creators, 0) as creators,
    coalesce(judged.new_creators, 0) as new_creators,
    coalesce(spent.calls, 0) as calls,
    coalesce(spent.usd, 0) as usd,
    spent.usd / nullif(judged.creators, 0) as usd_per_comet,
    spent.usd / nullif(judged.new_creators, 0) as usd_per_new_comet
from (
    select
        daily_trends.trend_keyword,
        daily_trends.rank,
        daily_trends.keyword_source
    from daily_trends
    where daily_trends.discovered_at = %(day)s::date
) as trends
full join judged on trends.trend_keyword = judged.keyword
left join spent on coalesce(trends.trend_keyword, judged.keyword) = spent.keyword
order by trends.rank nulls last, keyword;
