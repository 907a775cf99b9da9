-- Stored pages of one search of a day, in the order they were asked for; one row per page that is still stored.
-- Parameters: day date, endpoint text, beginning text (of the subjects), most int.
select calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.endpoint = %(endpoint)s::text
    and starts_with(calls.subject, %(beginning)s::text)
    and calls.holds_identity
    and calls.answer is not null
order by calls.call_id
limit %(most)s::integer;
