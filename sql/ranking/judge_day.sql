-- How many of those ranked first on a day were among the winners: the hundredth part (10 at least) of all that could have been
-- ranked whose followers grew most, relatively, in the days after. A day without a frozen ranking is ranked as of its own end.
-- Beside the rankings by score and by followers gained since the day before stands one by the same gain in percent.
-- One row per ranking: creators, winners, listed, and the hits among its first 10, 50 and 100.
-- Parameters: day date, days_ahead int, known_by timestamptz (the day's end).
with
frozen as (
    select
        kept.ranking,
        kept.rank,
        kept.user_id
    from breakout_rankings as kept
    where kept.day = %(day)s::date
),

scored as materialized (
    select
        known.user_id,
        known.follower_count,
        known.growth_1,
        known.score
    from score_creators(%(day)s::date, %(known_by)s::timestamptz) as known
    where not exists (select from frozen) and known.follower_count is not null
),

everybody as (
    select
        scored.user_id,
        scored.follower_count,
        scored.growth_1
    from scored
    union all
    -- Nobody is ranked at first sight.
    select
        stats.user_id,
        stats.follower_count,
        case when stats.compared_with = stats.recorded_date - 1 then stats.daily_growth_followers end
    from creator_stats as stats
    where
        exists (select from frozen)
        and stats.recorded_date = %(day)s::date
        and not stats.is_estimated
        and stats.compared_with is not null
),

ranked as (
    select
        frozen.ranking,
        frozen.rank,
        frozen.user_id
    from frozen
    where frozen.rank <= 100
    union all
    (
        select
            'score',
            row_number() over (order by scored.score desc, scored.user_id),
            scored.user_id
        from scored
        order by scored.score desc, scored.user_id
        limit 100
    )
    union all
    (
        select
            'growth',
            row_number() over (order by scored.growth_1 desc, scored.user_id),
            scored.user_id
        from scored
        where scored.growth_1 is not null
        order by scored.growth_1 desc, scored.user_id
        limit 100
    )
    union all
    (
        select
            'percent',
            row_number() over (order by relative.growth desc, everybody.user_id),
            everybody.user_id
        from everybody
        cross join lateral (
            select everybody.growth_1::double precision / nullif(everybody.follower_count - everybody.growth_1, 0) as growth
        ) as relative
        where relative.growth is not null
        order by relative.growth desc, everybody.user_id
        limit 100
    )
),

grown as (
    select
        everybody.user_id,
        later.follower_count::double precision / nullif(everybody.follower_count, 0) as factor
    from everybody
    inner join creator_stats as later
        on everybody.user_id = later.user_id and later.recorded_date = %(day)s::date + %(days_ahead)s::integer
),

winners as (
    select grown.user_id
    from grown
    where grown.factor > 1
    order by grown.factor desc, grown.user_id
    limit (select greatest(10, ceil(count(*) / 100.0)) from everybody)
)

select
    ranked.ranking,
    (select count(*) from everybody) as creators,
    (select count(*) from winners) as winners,
    count(*) as listed,
    count(hits.user_id) filter (where ranked.rank <= 10) as hits_10,
    count(hits.user_id) filter (where ranked.rank <= 50) as hits_50,
    count(hits.user_id) filter (where ranked.rank <= 100) as hits_100
from ranked
left join winners as hits on ranked.user_id = hits.user_id
group by ranked.ranking
order by ranked.ranking;
