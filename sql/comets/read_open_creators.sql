-- Creators of a batch still to be looked at, in the planned order, those that failed today last; one row per creator.
-- begun_in_vain: calls that workers began today and did not live to end. Parameters: day date, batch int.
select
    creators.user_id,
    creators.sec_user_id,
    creators.handle,
    coalesce(calls.lost_calls + 1, 0) as begun_in_vain
from roll_call_batches as batches
cross join unnest(batches.user_ids) with ordinality as planned (user_id, place)
inner join creators on planned.user_id = creators.user_id
left join api_calls as calls
    on
        creators.user_id = calls.subject
        and calls.day = %(day)s::date
        and calls.endpoint = 'user_profile'
        and calls.holds_identity
        and calls.outcome = 'calling'
left join roll_call_misses as failed
    on creators.user_id = failed.user_id and failed.day = %(day)s::date
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
    and (failed.outcome is null or failed.outcome = 'failed')
order by failed.outcome is not null, planned.place;
