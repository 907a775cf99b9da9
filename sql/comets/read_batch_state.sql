-- Whether a batch exists and is done; no row when it does not exist. Parameters: day date, batch int.
select
    batches.done_at is not null as is_done,
    batches.first_position,
    batches.last_position
from roll_call_batches as batches
where batches.day = %(day)s::date and batches.batch = %(batch)s::integer;
