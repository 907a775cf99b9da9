-- How many answers are stored of days before one; one row. Parameters: before date.
select count(*) as answers
from api_calls as calls
where calls.day < %(before)s::date and calls.answer is not null;
