-- Takes a person out of the planned roll calls; everybody else keeps their position. One row out per batch changed.
-- Parameters: user_id text.
update roll_call_batches as batches
set user_ids = array_replace(batches.user_ids, %(user_id)s::text, '')
where batches.user_ids @> array[%(user_id)s::text]
returning batches.day;
