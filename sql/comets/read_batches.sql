-- The batches of a day that are not done; one row per batch. Parameters: day date.
select
    batches.batch,
    batches.first_position,
    batches.last_position
from roll_call_batches as batches
where batches.day = %(day)s::date and batches.done_at is null
order by batches.batch;
