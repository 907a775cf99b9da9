-- How the roster stands on a day; one row. Every creator is counted once, so that the parts add up to the roster.
-- Parameters: day date.
with
standing as (
    select
        part_of_day(
            stats.user_id is not null, found.user_id is not null, misses.outcome, creators.next_due_on, %(day)s::date
        ) as part,
        creators.first_seen_on = %(day)s::date as is_new
    from creators
    left join creator_stats as stats
        on creators.user_id = stats.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
    left join roll_call_misses as misses
        on creators.user_id = misses.user_id and misses.day = %(day)s::date
    left join (
        select distinct verdicts.user_id
        from verdicts
        where verdicts.day = %(day)s::date and verdicts.layer = 'accepted'
    ) as found on creators.user_id = found.user_id
    where creators.first_seen_on is null or creators.first_seen_on <= %(day)s::date
)

select
    count(*) as roster,
    count(*) filter (where standing.part = 'updated') as updated,
    count(*) filter (where standing.part = 'skipped') as skipped,
    count(*) filter (where standing.part = 'skipped' and standing.is_new) as new_comets,
    count(*) filter (where standing.part = 'skipped' and standing.is_new is not true) as known_comets,
    count(*) filter (where standing.part = 'failed') as failed,
    count(*) filter (where standing.part = 'gone') as gone,
    count(*) filter (where standing.part = 'suspect') as suspect,
    count(*) filter (where standing.part = 'not_due') as not_due,
    count(*) filter (where standing.part = 'unmeasured') as unmeasured
from standing;
