-- Creators of a batch still to be looked at, in the planned order, those that failed today last; one row per creator.
-- begun_in_vain: calls that workers began today and did not live to end. seen_last: how the last look found them; unknown for
-- whom an earlier day did not believe to be gone. Parameters: day date, batch int.
select
    creators.user_id,
    creators.sec_user_id,
    creators.handle,
    case
        when creators.status <> 'active' and creators.misses_in_row > 0 then 'absent'
        when exists (
            select from roll_call_misses as doubts
            where
                doubts.user_id = creators.user_id
                and doubts.day < %(day)s::date
                and doubts.is_doubted
                and (creators.last_measured_on is null or doubts.day > creators.last_measured_on)
        ) then 'unknown'
        else 'shown'
    end as seen_last,
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
