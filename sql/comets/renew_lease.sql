-- Holds a batch longer; no row when it was taken over: then nothing may be written. Parameters: day date, batch int,
-- owner text, fence bigint, seconds float.
update roll_call_batches
set leased_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8)
where
    day = %(day)s::date
    and batch = %(batch)s::integer
    and owner = %(owner)s::text
    and fence = %(fence)s::bigint
    and done_at is null
returning fence;
