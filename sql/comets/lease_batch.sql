-- Takes a batch, or takes it over when its holder is gone or done; no row when somebody else is at work. Parameters: day date,
-- batch int, owner text, seconds float.
update roll_call_batches
set
    owner = %(owner)s::text,
    fence = fence + 1,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    done_at = null
where
    day = %(day)s::date
    and batch = %(batch)s::integer
    and (done_at is not null or leased_until is null or leased_until < clock_timestamp())
returning fence;
