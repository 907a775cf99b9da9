-- Nothing lost: every planned creator of a batch that is done has a snapshot of the day or a reason why not; unless the run
-- had a budget, was stopped, or the creator was erased. Rows: creators lost. Parameters: day date.
select planned.user_id as violation
from roll_call_batches as batches
cross join unnest(batches.user_ids) as planned (user_id)
inner join creators on planned.user_id = creators.user_id
where
    batches.day = %(day)s::date
    and batches.done_at is not null
    and not exists (
        select from runs
        where runs.day = %(day)s::date and (runs.max_calls is not null or runs.stopped_because is not null)
    )
    and not exists (
        select from creator_stats as stats
        where stats.user_id = planned.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
    )
    and not exists (
        select from roll_call_misses as misses
        where misses.user_id = planned.user_id and misses.day = %(day)s::date
    );
