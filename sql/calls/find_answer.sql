-- A call of a run that the API answered in whatever way; one row, none when nothing was answered yet.
-- Parameters: day date, pipeline text, run_id text.
select calls.call_id
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.pipeline = %(pipeline)s::text
    and calls.run_id = %(run_id)s::text
    and calls.http_status is not null
limit 1;
