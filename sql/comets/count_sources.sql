-- What the sources of creators brought and cost on a day so far; one row per source. What was found by several is counted for
-- each of them; the list of a source that has one is a call of its own. Parameters: day date.
with
searched as (
    select
        trends.trend_keyword as keyword,
        coalesce(trends.keyword_source, 'unknown') as source
    from daily_trends as trends
    where trends.discovered_at = %(day)s::date
),

found as (
    select
        searched.source,
        count(distinct verdicts.video_id) as videos,
        count(distinct verdicts.user_id) filter (where verdicts.layer = 'accepted') as comets,
        count(distinct verdicts.user_id) filter (
            where verdicts.layer = 'accepted' and creators.first_seen_on = %(day)s::date
        ) as new_comets
    from verdicts
    inner join searched on verdicts.keyword = searched.keyword
    left join creators on verdicts.user_id = creators.user_id
    where verdicts.day = %(day)s::date
    group by searched.source
),

priced as (
    select
        case calls.endpoint
            when 'trending_words' then 'trends'
            when 'trending_hashtags' then 'regional'
            else searched.source
        end as source,
        calls.price_usd
    from api_calls as calls
    left join searched on calls.keyword = searched.keyword
    where
        calls.day = %(day)s::date
        and calls.pipeline = 'comets'
        and calls.outcome <> 'calling'
        and (calls.keyword is not null or calls.endpoint in ('trending_words', 'trending_hashtags'))
),

called as (
    select
        priced.source,
        count(*) as calls,
        coalesce(sum(priced.price_usd), 0) as usd
    from priced
    group by priced.source
),

counted as (
    select
        searched.source,
        count(*) as searches
    from searched
    group by searched.source
)

select
    coalesce(counted.source, called.source) as source,
    coalesce(counted.searches, 0) as searches,
    coalesce(found.videos, 0) as videos,
    coalesce(found.comets, 0) as comets,
    coalesce(found.new_comets, 0) as new_comets,
    coalesce(called.calls, 0) as calls,
    coalesce(called.usd, 0) as usd
from counted
left join found on counted.source = found.source
full join called on counted.source = called.source
where coalesce(counted.source, called.source) is not null
order by source;
