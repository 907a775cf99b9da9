-- Every observed row of a live day has its stored answer. Rows: rows without. The numbers inside are compared in Python.
-- Parameters: day date.
select stats.user_id as violation
from creator_stats as stats
left join api_calls as calls
    on
        stats.recorded_date = calls.day
        and calls.endpoint = 'user_profile'
        and stats.user_id = calls.subject
        and calls.holds_identity
        and calls.outcome = 'answered'
where stats.recorded_date = %(day)s::date and not stats.is_estimated and calls.answer is null;
