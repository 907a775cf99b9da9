-- How some creators stand on a day before it was played, for a dry run's report; one row per creator. part: as count_roster has
-- it, or absent: not on the roster yet. is_new: the day would be, or is, the first on which they were accepted. Parameters: day
-- date, user_ids text[].
select
    given.user_id,
    case
        when creators.user_id is null or creators.first_seen_on > %(day)s::date then 'absent'
        else part_of_day(
            stats.user_id is not null, found.user_id is not null, misses.outcome, creators.next_due_on, %(day)s::date
        )
    end as part,
    coalesce(creators.first_seen_on >= %(day)s::date, true) as is_new
from unnest(%(user_ids)s::text []) as given (user_id)
left join creators on given.user_id = creators.user_id
left join creator_stats as stats
    on given.user_id = stats.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
left join roll_call_misses as misses
    on given.user_id = misses.user_id and misses.day = %(day)s::date
left join (
    select distinct verdicts.user_id
    from verdicts
    where verdicts.day = %(day)s::date and verdicts.layer = 'accepted'
) as found on given.user_id = found.user_id;
