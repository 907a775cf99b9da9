-- Stored answers of a day, in order, but those about a person, which go whole; one row per answer, at most so many.
-- Parameters: day date, after bigint (the last call_id read), most int, subjects text[] (lower case), needles text[] (patterns of
-- like, lower case), expression text.
select
    calls.call_id,
    calls.endpoint,
    calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.call_id > %(after)s::bigint
    and calls.answer is not null
    and lower(calls.subject collate ucs_basic) <> all(%(subjects)s::text [])
    and not (
        calls.endpoint = 'user_profile'
        and lower(calls.subject collate ucs_basic) like any(%(needles)s::text [])
        and calls.subject collate ucs_basic ~* %(expression)s::text
    )
order by calls.call_id
limit %(most)s::integer;
