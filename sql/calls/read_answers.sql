-- Stored answers of a day; one row per subject that has one. Parameters: day date, endpoint text, subjects text[].
select
    calls.subject,
    calls.outcome,
    calls.answered_at,
    calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.endpoint = %(endpoint)s::text
    and calls.subject = any(%(subjects)s::text [])
    and calls.holds_identity
    and calls.outcome <> 'calling';
