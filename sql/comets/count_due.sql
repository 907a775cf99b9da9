-- How many creators a day's roll call has still to look at: one call for each; one row. Parameters: day date.
select count(*) as due
from creators
where
    (creators.first_seen_on is null or creators.first_seen_on <= %(day)s::date)
    and (creators.next_due_on is null or creators.next_due_on <= %(day)s::date)
    and not exists (
        select from creator_stats as stats
        where
            stats.user_id = creators.user_id
            and stats.recorded_date = %(day)s::date
            and not stats.is_estimated
    )
    and not exists (
        select from roll_call_misses as misses
        where
            misses.user_id = creators.user_id
            and misses.day = %(day)s::date
            and misses.outcome <> 'failed'
    );
