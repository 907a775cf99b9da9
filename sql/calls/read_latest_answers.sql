-- The latest stored answer to each of these requests, of some days; one row per subject that has one which can still be read.
-- Parameters: first_day date, last_day date, endpoint text, subjects text[].
select distinct on (calls.subject)
    calls.day,
    calls.subject,
    calls.outcome,
    calls.answered_at,
    calls.answer
from api_calls as calls
where
    calls.day between %(first_day)s::date and %(last_day)s::date
    and calls.endpoint = %(endpoint)s::text
    and calls.subject = any(%(subjects)s::text [])
    and calls.holds_identity
    and calls.outcome <> 'calling'
    and (calls.answer is not null or calls.outcome <> 'answered')
order by calls.subject, calls.day desc;
