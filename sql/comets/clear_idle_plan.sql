-- Removes what is open of a day's plan unless a roll call is at work on it: a batch is leased, or some are open and another run
-- planned, or ended one, so lately that its next task may be about to begin; one row out per batch removed. Batches that are done
-- stay: they say who was called on the day.
-- Parameters: day date, run_id text (who asks), seconds float (what is lately).
delete from roll_call_batches as batches
where
    batches.day = %(day)s::date
    and batches.done_at is null
    -- Asked of the row itself too: that is looked at again when it was leased while this waited for it.
    and (batches.leased_until is null or batches.leased_until <= clock_timestamp())
    and not exists (
        select from roll_call_batches as others
        where others.day = %(day)s::date and others.done_at is null and others.leased_until > clock_timestamp()
    )
    and not exists (
        select from roll_call_batches as others
        where others.day = %(day)s::date
        having
            bool_or(others.done_at is null and others.run_id <> %(run_id)s::text)
            and max(greatest(others.planned_at, others.done_at)) > clock_timestamp() - make_interval(secs => %(seconds)s::float8)
    )
returning batches.batch;
