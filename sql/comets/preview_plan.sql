-- The creators of a day's plan that is not done, most important first; one row per creator. Parameters: day date.
select
    creators.user_id,
    creators.sec_user_id,
    creators.handle
from roll_call_batches as batches
cross join unnest(batches.user_ids) with ordinality as planned (user_id, place)
inner join creators on planned.user_id = creators.user_id
where batches.day = %(day)s::date and batches.done_at is null
order by batches.batch, planned.place;
