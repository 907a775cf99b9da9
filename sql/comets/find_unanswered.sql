-- Requests of a day that were made and have no answer, with what came back last; one row per request.
-- Parameters: day date, endpoint text, subjects text[].
select distinct on (calls.subject)
    calls.subject,
    calls.outcome,
    calls.error
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.endpoint = %(endpoint)s::text
    and calls.subject = any(%(subjects)s::text [])
    and calls.outcome <> 'calling'
    and not exists (
        select from api_calls as answered
        where
            answered.day = calls.day
            and answered.endpoint = calls.endpoint
            and answered.subject = calls.subject
            and answered.holds_identity
    )
order by calls.subject asc, calls.call_id desc;
