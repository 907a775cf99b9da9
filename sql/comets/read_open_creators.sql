-- Creators of a batch still to be looked at, in the planned order; one row per creator. Parameters: day date, batch int.
select
    creators.user_id,
    creators.sec_user_id,
    creators.handle
from roll_call_batches as batches
cross join unnest(batches.user_ids) with ordinality as planned (user_id, place)
inner join creators on planned.user_id = creators.user_id
where
    batches.day = %(day)s::date
    and batches.batch = %(batch)s::integer
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
    )
order by planned.place;
