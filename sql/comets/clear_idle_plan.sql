-- Removes the plan of a day unless a roll call is at work on it; one row out per batch removed. Parameters: day date.
delete from roll_call_batches as batches
where
    batches.day = %(day)s::date
    -- Asked of the row itself too: that is looked at again when it was leased while this waited for it.
    and (batches.leased_until is null or batches.leased_until <= clock_timestamp())
    and not exists (
        select from roll_call_batches as others
        where others.day = %(day)s::date and others.done_at is null and others.leased_until > clock_timestamp()
    )
returning batches.batch;
