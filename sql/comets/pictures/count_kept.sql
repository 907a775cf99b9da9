-- How many copies of pictures are kept, since which day, and how many of them past their time; one row. Parameters: before date.
select
    count(*) as kept,
    (min(pictures.fetched_at) at time zone 'UTC')::date as first_day,
    count(*) filter (
        where pictures.expires_at <= now() or pictures.fetched_at < %(before)s::date::timestamp at time zone 'UTC'
    ) as overdue
from pictures;
