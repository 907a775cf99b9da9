-- What was told and is kept; one row: how many, the first day, and how many ended before a day. Parameters: before date.
select
    count(*) as kept,
    min(told.day) as first_day,
    count(*) filter (where told.over_on < %(before)s::date) as overdue
from alerts_told as told;
