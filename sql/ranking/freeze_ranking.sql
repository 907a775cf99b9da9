-- Keeps who is first on a day by score and by growth, of all observed on it (also whom a person overruled: the backtest asks how
-- well growth was foretold, whoever it is, and what was ranked does not change with what is said later), in place of what was
-- kept of that day before; one row out per ranking: ranking, kept. Parameters: day date, latest_day date (of the standings),
-- most int.
with
candidates as (
    select
        standings.user_id,
        standings.follower_count,
        standings.score,
        standings.growth_1
    from standings
    where %(day)s::date = %(latest_day)s::date and standings.day = %(day)s::date and not standings.is_estimated
    union all
    -- A day that is past is ranked by what was observed while it could be: nothing that came to light later changes it.
    select
        scored.user_id,
        scored.follower_count,
        scored.score,
        scored.growth_1
    from score_creators(
        %(day)s::date, (%(day)s::date + 1)::timestamp at time zone 'UTC' + interval '6 hours'
    ) as scored
    where %(day)s::date < %(latest_day)s::date and scored.follower_count is not null
),

ranked as (
    (
        select
            'score' as ranking,
            row_number() over (order by candidates.score desc, candidates.user_id) as rank,
            candidates.*
        from candidates
        where candidates.score is not null
        order by candidates.score desc, candidates.user_id
        limit %(most)s::integer
    )
    union all
    (
        select
            'growth',
            row_number() over (order by candidates.growth_1 desc, candidates.user_id),
            candidates.*
        from candidates
        where candidates.growth_1 is not null
        order by candidates.growth_1 desc, candidates.user_id
        limit %(most)s::integer
    )
),

outdated as (
    delete from breakout_rankings as kept
    where
        kept.day = %(day)s::date
        and not exists (select from ranked where ranked.ranking = kept.ranking and ranked.rank = kept.rank)
),

frozen as (
    insert into breakout_rankings as kept (day, ranking, rank, user_id, score, follower_count)
    select
        %(day)s::date,
        ranked.ranking,
        ranked.rank,
        ranked.user_id,
        ranked.score,
        ranked.follower_count
    from ranked
    on conflict (day, ranking, rank) do update
        set user_id = excluded.user_id, score = excluded.score, follower_count = excluded.follower_count
        where (kept.user_id, kept.score, kept.follower_count)
            is distinct from (excluded.user_id, excluded.score, excluded.follower_count)
)

select
    ranked.ranking,
    count(*) as kept
from ranked
group by ranked.ranking
order by ranked.ranking;
