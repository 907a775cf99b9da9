-- Stored answers of a day that may hold several people, in order; one row per answer, at most so many.
-- Parameters: day date, after bigint (the last call_id read), most int.
select
    calls.call_id,
    calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.call_id > %(after)s::bigint
    and calls.answer is not null
    and calls.endpoint <> 'user_profile'
order by calls.call_id
limit %(most)s::integer;
