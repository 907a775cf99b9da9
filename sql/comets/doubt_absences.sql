-- Takes back that creators vanished on a day; one row out per creator. It is a failed look, and where it was news, they are as
-- they were before. With is_everybody also of those whom the look before had not measured. Parameters: day date,
-- is_everybody bool.
with
absent as (
    select
        misses.user_id,
        news.is_any as is_news
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
    where
        misses.day = %(day)s::date
        and misses.outcome in ('gone', 'private', 'banned')
        and (%(is_everybody)s::boolean or (earlier.measured_on is not null and news.is_any))
),

unmarked as (
    update creators
    set
        status = 'active',
        misses_in_row = 0,
        last_missed_on = null,
        next_due_on = null
    from absent
    where absent.is_news and creators.user_id = absent.user_id and creators.last_missed_on = %(day)s::date
)

update roll_call_misses as misses
set
    outcome = 'failed',
    is_doubted = true,
    reason = misses.reason || ': not believed, as so many others answered the same'
from absent
where misses.user_id = absent.user_id and misses.day = %(day)s::date
returning misses.user_id;
