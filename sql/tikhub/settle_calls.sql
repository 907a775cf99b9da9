-- Writes how claimed calls ended: bill, outcome and answer; one row per claim still ours. Parameters: day date, endpoint
-- text, owner text, and arrays of the same length: subjects, outcomes, holds, statuses, billed, latencies, attempts, errors,
-- answers, answered_at.
with
ended as (
    select
        given.*,
        -- The n-th billed call of the day: what it costs depends on n.
        count(*) filter (where given.is_billed) over (order by given.subject) as billed_position
    from unnest(
        %(subjects)s::text [],
        %(outcomes)s::text [],
        %(holds)s::boolean [],
        %(statuses)s::integer [],
        %(billed)s::boolean [],
        %(latencies)s::integer [],
        %(attempts)s::integer [],
        %(errors)s::text [],
        %(answers)s::bytea [],
        %(answered_at)s::timestamptz []
    ) as given (
        subject, outcome, holds_identity, http_status, is_billed, latency_ms, attempt, error, answer, answered_at
    )
),

spent as (
    insert into api_spend as spend (day, billed_calls, usd)
    select
        %(day)s::date,
        count(*) filter (where ended.is_billed),
        coalesce(sum(price_of_call(ended.billed_position::integer)) filter (where ended.is_billed), 0)
    from ended
    having count(*) filter (where ended.is_billed) > 0
    on conflict (day) do update
        set
            billed_calls = spend.billed_calls + excluded.billed_calls,
            usd = spend.usd + (
                select coalesce(sum(price_of_call(spend.billed_calls + ended.billed_position::integer)), 0)
                from ended
                where ended.is_billed
            )
    returning spend.billed_calls
),

before as (
    select
        coalesce(
            (select spent.billed_calls from spent) - (select count(*) from ended where ended.is_billed), 0
        )::integer as billed_calls
)

update api_calls as calls
set
    outcome = ended.outcome,
    holds_identity = ended.holds_identity,
    http_status = ended.http_status,
    is_billed = ended.is_billed,
    price_usd = case
        when ended.is_billed then price_of_call(before.billed_calls + ended.billed_position::integer) else 0
    end,
    latency_ms = ended.latency_ms,
    attempt = ended.attempt,
    error = ended.error,
    answer = ended.answer,
    answered_at = ended.answered_at,
    claimed_until = null
from ended, before
where
    calls.day = %(day)s::date
    and calls.endpoint = %(endpoint)s::text
    and calls.subject = ended.subject
    and calls.owner = %(owner)s::text
    and calls.holds_identity
    and calls.outcome = 'calling'
returning calls.subject;
