-- Stored answers of the ledger: how many there are, from when on, and how many are past their retention; one row.
-- Parameters: before date.
select
    count(*) as kept,
    min(calls.day) as first_day,
    count(*) filter (where calls.day < %(before)s::date) as overdue
from api_calls as calls
where calls.answer is not null;
