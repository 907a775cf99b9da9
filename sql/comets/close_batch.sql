-- Lets go of a batch; done when it was gone through. Parameters: day date, batch int, owner text, fence bigint, is_done bool.
update roll_call_batches
set
    leased_until = null,
    done_at = case when %(is_done)s::boolean then clock_timestamp() end
where
    day = %(day)s::date
    and batch = %(batch)s::integer
    and owner = %(owner)s::text
    and fence = %(fence)s::bigint
returning batch;
