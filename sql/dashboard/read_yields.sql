-- What each source of creators brought and cost over some days, by the sums that the days' last reports left; one row per
-- source. What several sources found is counted for each of them, a video once for each day; the roll call is none.
-- Parameters: first_day date, last_day date.
with
searched as (
    select
        trends.discovered_at as day,
        trends.trend_keyword as keyword,
        coalesce(trends.keyword_source, 'unknown') as source
    from daily_trends as trends
    where trends.discovered_at between %(first_day)s::date and %(last_day)s::date
),

counted as (
    select
        searched.source,
        count(*) as searches
    from searched
    group by searched.source
),

-- By the key of verdicts alone: of most of them nothing else is read.
seen as (
    select
        videos.source,
        count(*) as videos
    from (
        select distinct
            searched.source,
            verdicts.day,
            verdicts.video_id
        from verdicts
        inner join searched on verdicts.day = searched.day and verdicts.keyword = searched.keyword
        where verdicts.day between %(first_day)s::date and %(last_day)s::date
    ) as videos
    group by videos.source
),

found as (
    select
        searched.source,
        count(distinct verdicts.user_id) as creators,
        count(distinct verdicts.user_id) filter (where known.first_seen_on = verdicts.day) as new_creators
    from verdicts
    inner join searched on verdicts.day = searched.day and verdicts.keyword = searched.keyword
    left join creators as known on verdicts.user_id = known.user_id
    where verdicts.layer = 'accepted' and verdicts.day between %(first_day)s::date and %(last_day)s::date
    group by searched.source
),

priced as (
    select
        case sums.endpoint
            when 'trending_words' then 'trends'
            when 'trending_hashtags' then 'regional'
            else searched.source
        end as source,
        sums.calls,
        sums.usd
    from call_summaries as sums
    left join searched on sums.day = searched.day and sums.keyword = searched.keyword
    where
        sums.pipeline = 'comets'
        and sums.day between %(first_day)s::date and %(last_day)s::date
        and (sums.keyword <> '' or sums.endpoint in ('trending_words', 'trending_hashtags'))
),

spent as (
    select
        priced.source,
        sum(priced.calls) as calls,
        sum(priced.usd) as usd
    from priced
    group by priced.source
)

select
    coalesce(counted.source, spent.source) as source,
    coalesce(counted.searches, 0) as searches,
    coalesce(seen.videos, 0) as videos,
    coalesce(found.creators, 0) as creators,
    coalesce(found.new_creators, 0) as new_creators,
    coalesce(spent.calls, 0) as calls,
    coalesce(spent.usd, 0) as usd,
    coalesce(found.creators, 0) / nullif(spent.calls, 0)::numeric as creators_per_call,
    spent.usd / nullif(spent.calls, 0) as usd_per_call,
    spent.usd / nullif(found.new_creators, 0) as usd_per_new_comet
from counted
left join seen on counted.source = seen.source
left join found on counted.source = found.source
full join spent on counted.source = spent.source
where coalesce(counted.source, spent.source) is not null
order by new_creators desc, creators desc, source;
