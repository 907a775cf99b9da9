-- Empties stored answers of the days before one, oldest first; the bill stays; one row out per answer dropped.
-- Parameters: before date, most int.
with
old as (
    select
        calls.day,
        calls.call_id
    from api_calls as calls
    where calls.day < %(before)s::date and calls.answer is not null
    order by calls.day
    limit %(most)s::integer
    for update skip locked
)

update api_calls as calls
set answer = null
from old
where calls.day = old.day and calls.call_id = old.call_id
returning calls.call_id;
