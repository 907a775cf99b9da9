-- A creator found under several keywords belongs to the highest ranked, whichever task was first; one row out per snapshot
-- changed. Parameters: day date.
with
found as (
    select distinct on (verdicts.user_id)
        verdicts.user_id,
        verdicts.keyword
    from verdicts
    left join daily_trends
        on verdicts.keyword = daily_trends.trend_keyword and daily_trends.discovered_at = %(day)s::date
    where verdicts.day = %(day)s::date and verdicts.layer = 'accepted'
    order by verdicts.user_id, daily_trends.rank nulls last, verdicts.keyword
),

first_seen as (
    update creators
    set first_seen_keyword = found.keyword
    from found
    where
        creators.user_id = found.user_id
        and creators.first_seen_on = %(day)s::date
        and creators.first_seen_keyword is distinct from found.keyword
),

-- The reading of a suspect fall may become a snapshot yet.
suspects as (
    update roll_call_misses as misses
    set source_trend = found.keyword
    from found
    where
        misses.user_id = found.user_id
        and misses.day = %(day)s::date
        and misses.outcome = 'suspect'
        and misses.source_trend is distinct from found.keyword
)

update creator_stats as stats
set source_trend = found.keyword
from found
where
    stats.user_id = found.user_id
    and stats.recorded_date = %(day)s::date
    and not stats.is_estimated
    and stats.source_trend is distinct from found.keyword
returning stats.user_id;
