-- Replaces stored answers of a day; one row out per answer. An answer dropped meanwhile stays dropped.
-- Parameters: day date, and arrays of the same length: call_ids, answers.
update api_calls as calls
set answer = given.answer
from unnest(%(call_ids)s::bigint [], %(answers)s::bytea []) as given (call_id, answer)
where calls.day = %(day)s::date and calls.call_id = given.call_id and calls.answer is not null
returning calls.call_id;
