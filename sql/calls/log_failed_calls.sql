-- Records attempts that failed before the last one, once each. Parameters: day date, endpoint text, owner text,
-- pipeline text, run_id text, task_id text, map_index int, keyword text, and arrays of the same length: subjects, outcomes,
-- statuses, billed, latencies, attempts, errors, called_at.
insert into api_calls (
    day, endpoint, subject, holds_identity, outcome, owner, pipeline, run_id, task_id, map_index, keyword,
    called_at, http_status, is_billed, latency_ms, attempt, error
)
select
    %(day)s::date,
    %(endpoint)s::text,
    given.subject,
    false,
    given.outcome,
    %(owner)s::text,
    %(pipeline)s::text,
    %(run_id)s::text,
    %(task_id)s::text,
    %(map_index)s::integer,
    %(keyword)s::text,
    given.called_at,
    given.http_status,
    given.is_billed,
    given.latency_ms,
    given.attempt,
    given.error
from unnest(
    %(subjects)s::text [],
    %(outcomes)s::text [],
    %(statuses)s::integer [],
    %(billed)s::boolean [],
    %(latencies)s::integer [],
    %(attempts)s::integer [],
    %(errors)s::text [],
    %(called_at)s::timestamptz []
) as given (subject, outcome, http_status, is_billed, latency_ms, attempt, error, called_at)
-- Sent again after a commit that seemed lost, they are there already.
where not exists (
    select from api_calls as known
    where
        known.day = %(day)s::date
        and known.endpoint = %(endpoint)s::text
        and known.subject = given.subject
        and not known.holds_identity
        and known.owner = %(owner)s::text
        and known.called_at = given.called_at
);
