-- How many of those looked at on a day were not shown any more; one row. vanished: those of them whom the look before had
-- measured, and whom nobody believes to be gone. Parameters: day date.
with
missed as (
    select
        misses.is_doubted,
        misses.outcome in ('gone', 'private', 'banned') as is_absent,
        earlier.measured_on is not null and news.is_any as was_shown
    from roll_call_misses as misses
    cross join lateral (
        -- Whoever is looked for at all has been looked for within four weeks.
        select max(stats.recorded_date) as measured_on
        from creator_stats as stats
        where
            stats.user_id = misses.user_id
            and stats.recorded_date between %(day)s::date - 35 and %(day)s::date - 1
            and not stats.is_estimated
    ) as earlier
    cross join lateral (
        select
            not exists (
                select from roll_call_misses as since
                where
                    since.user_id = misses.user_id
                    and since.day > coalesce(earlier.measured_on, %(day)s::date - 36)
                    and since.day < %(day)s::date
            ) as is_any
    ) as news
    where misses.day = %(day)s::date
),

measured as (
    select count(*) as creators
    from creator_stats as stats
    where stats.recorded_date = %(day)s::date and not stats.is_estimated
)

select
    measured.creators as measured,
    measured.creators + count(missed.is_doubted) as looked_at,
    count(*) filter (where missed.is_doubted or missed.is_absent) as absent,
    count(*) filter (where missed.is_doubted or (missed.is_absent and missed.was_shown)) as vanished
from measured
left join missed on true
group by measured.creators;
