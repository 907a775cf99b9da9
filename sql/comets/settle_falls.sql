-- Judges falls anew around one day: readings that are believed become the observed rows of their days, rows that are not become
-- kept readings (see judge_readings). One row out per day that changed, around which growth must be repaired: user_id,
-- recorded_date, is_believed. Parameters: day date, user_ids text[] (locked by the caller).
with
judged as materialized (
    select
        wanted.user_id,
        readings.*
    from (select distinct given.user_id from unnest(%(user_ids)s::text []) as given (user_id)) as wanted
    cross join lateral judge_readings(wanted.user_id, %(day)s::date) as readings
),

promoted as (
    insert into creator_stats as kept (
        user_id, recorded_date, follower_count, heart_count, video_count, source_trend, observed_at, origin, is_estimated
    )
    select
        misses.user_id,
        misses.day,
        misses.follower_count,
        misses.heart_count,
        misses.video_count,
        misses.source_trend,
        misses.observed_at,
        misses.origin,
        false
    from judged
    inner join roll_call_misses as misses on judged.user_id = misses.user_id and judged.recorded_date = misses.day
    where judged.is_believed and not judged.was_believed
    order by misses.user_id, misses.day
    on conflict (user_id, recorded_date) do update
        set
            follower_count = excluded.follower_count,
            heart_count = excluded.heart_count,
            video_count = excluded.video_count,
            source_trend = excluded.source_trend,
            observed_at = excluded.observed_at,
            origin = excluded.origin,
            is_estimated = false
),

no_misses as (
    delete from roll_call_misses as misses
    using judged
    where
        judged.is_believed
        and not judged.was_believed
        and misses.user_id = judged.user_id
        and misses.day = judged.recorded_date
),

demoted as (
    delete from creator_stats as stats
    using judged
    where
        judged.was_believed
        and not judged.is_believed
        and stats.user_id = judged.user_id
        and stats.recorded_date = judged.recorded_date
    returning stats.*
),

loose as (
    -- Estimates that ended in what is believed no more: made anew where there is a later row to end in.
    delete from creator_stats as stats
    using judged
    where
        judged.was_believed
        and not judged.is_believed
        and stats.user_id = judged.user_id
        and stats.recorded_date > judged.fell_on
        and stats.recorded_date < coalesce(
            (
                select min(later.recorded_date)
                from judged as later
                where later.user_id = judged.user_id and later.is_believed and later.recorded_date > judged.recorded_date
            ),
            'infinity'
        )
        and stats.is_estimated
),

kept_readings as (
    insert into roll_call_misses (
        user_id, day, outcome, reason, follower_count, heart_count, video_count, observed_at, origin, source_trend
    )
    select
        demoted.user_id,
        demoted.recorded_date,
        'suspect',
        reason_of_fall(judged.fell_from, judged.fell_on, judged.follower_count),
        demoted.follower_count,
        demoted.heart_count,
        demoted.video_count,
        demoted.observed_at,
        demoted.origin,
        demoted.source_trend
    from demoted
    inner join judged on demoted.user_id = judged.user_id and demoted.recorded_date = judged.recorded_date
    order by demoted.user_id, demoted.recorded_date
),

told as (
    update roll_call_misses as misses
    set reason = reason_of_fall(judged.fell_from, judged.fell_on, judged.follower_count)
    from judged
    where
        not judged.is_believed
        and not judged.was_believed
        and misses.user_id = judged.user_id
        and misses.day = judged.recorded_date
        and misses.reason <> reason_of_fall(judged.fell_from, judged.fell_on, judged.follower_count)
),

latest as (
    select distinct on (judged.user_id)
        judged.user_id,
        judged.recorded_date,
        judged.follower_count
    from judged
    where judged.is_believed
    order by judged.user_id, judged.recorded_date desc
),

learned as (
    -- What the looks taught: what is believed at last, and no more what is not.
    update creators
    set
        last_measured_on = latest.recorded_date,
        last_follower_count = latest.follower_count,
        growth_rate = coalesce(growth.growth_rate, creators.growth_rate),
        growth_deviation = coalesce(growth.growth_deviation, creators.growth_deviation)
    from latest
    inner join creators as known on latest.user_id = known.user_id
    left join lateral learn_growth(
        known.growth_rate,
        known.growth_deviation,
        known.last_follower_count,
        latest.follower_count,
        greatest(1, latest.recorded_date - known.last_measured_on)
    ) as growth on latest.recorded_date > known.last_measured_on
    where
        creators.user_id = latest.user_id
        and (
            known.last_measured_on < latest.recorded_date
            or exists (
                select from judged
                where
                    judged.user_id = known.user_id
                    and judged.recorded_date = known.last_measured_on
                    and judged.was_believed
                    and not judged.is_believed
            )
        )
)

select
    judged.user_id,
    judged.recorded_date,
    judged.is_believed
from judged
where judged.is_believed <> judged.was_believed
order by judged.recorded_date, judged.user_id;
