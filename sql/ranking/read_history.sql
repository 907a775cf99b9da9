-- The days up to one on which somebody was observed, latest first; one row per day.
-- Parameters: latest_day date, most int (how many days are looked back).
select
    days.day::date as day,
    coalesce(frozen.is_frozen, false) as is_frozen
from generate_series(
    %(latest_day)s::date::timestamp, (%(latest_day)s::date - %(most)s::integer)::timestamp, interval '-1 day'
) as days (day)
cross join lateral (
    -- One row of the day is enough to know.
    select stats.recorded_date
    from creator_stats as stats
    where stats.recorded_date = days.day::date and not stats.is_estimated
    limit 1
) as observed
left join lateral (
    select true as is_frozen
    from breakout_rankings as kept
    where kept.day = days.day::date and kept.ranking = 'score'
    limit 1
) as frozen on true
order by days.day desc;
