-- A complete run leaves no open batch and no call under way. Rows: what is open. Parameters: day date.
select 'batch ' || batches.batch as violation
from roll_call_batches as batches
where
    batches.day = %(day)s::date
    and batches.done_at is null
    and exists (select from runs where runs.day = batches.day and runs.state = 'complete')
union all
select 'call ' || calls.endpoint || ' ' || calls.subject
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.outcome = 'calling'
    -- Unless it is never asked again, because its answer kills whoever reads it.
    and not exists (
        select from roll_call_misses as misses
        where misses.user_id = calls.subject and misses.day = calls.day and calls.lost_calls >= 3
    )
    and exists (select from runs where runs.day = calls.day and runs.state = 'complete');
