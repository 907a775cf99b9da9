-- Writes how claimed calls ended: bill, outcome and answer; one row out per call written now, none for one written before.
-- Parameters: day date, endpoint text, owner text, pipeline text, run_id text, task_id text, map_index int, keyword text, and
-- arrays of the same length: subjects, finals (false: an attempt that was not the request's last), outcomes, holds,
-- statuses, billed, latencies, attempts, errors, answers, called_at, answered_at.
with
given as (
    -- All but the answers: these are large, and wanted only where they are written.
    select arrays.*
    from unnest(
        %(subjects)s::text [],
        %(finals)s::boolean [],
        %(outcomes)s::text [],
        %(holds)s::boolean [],
        %(statuses)s::integer [],
        %(billed)s::boolean [],
        %(latencies)s::integer [],
        %(attempts)s::integer [],
        %(errors)s::text [],
        %(called_at)s::timestamptz [],
        %(answered_at)s::timestamptz []
    ) with ordinality as arrays (
        subject, is_final, outcome, holds_identity, http_status, is_billed, latency_ms, attempt, error, called_at, answered_at,
        place
    )
),

standing as (
    -- Whoever takes over an expired claim waits for this.
    select
        open_call.subject,
        open_call.outcome = 'calling' as is_open
    from (select distinct given.subject from given order by given.subject) as wanted
    cross join lateral (
        -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
        select
            calls.subject,
            calls.outcome
        from api_calls as calls
        where
            calls.day = %(day)s::date
            and calls.endpoint = %(endpoint)s::text
            and calls.subject = wanted.subject
            and calls.holds_identity
            and calls.owner = %(owner)s::text
        limit 1
        for update
    ) as open_call
),

ended as (
    select
        given.*,
        coalesce(standing.is_open, false) and given.is_final as is_ours,
        -- The n-th billed call of the vendor's day: what it costs depends on n.
        (count(*) filter (where given.is_billed) over (order by given.subject, given.attempt))::integer as billed_position
    from given
    left join standing on given.subject = standing.subject
    where
        -- A commit that seemed lost may have taken place: what is written is not written again, nor billed again.
        coalesce(standing.is_open, true)
        and not exists (
            select from api_calls as earlier
            where
                earlier.day = %(day)s::date
                and earlier.endpoint = %(endpoint)s::text
                and earlier.subject = given.subject
                and not earlier.holds_identity
                and earlier.owner = %(owner)s::text
                and earlier.called_at = given.called_at
        )
),

spent as (
    insert into api_spend as spend (vendor, day, billed_calls, usd)
    select
        vendor_of(%(endpoint)s::text),
        %(day)s::date,
        count(*) filter (where ended.is_billed),
        coalesce(sum(price_of_call(%(endpoint)s::text, ended.billed_position)) filter (where ended.is_billed), 0)
    from ended
    having count(*) filter (where ended.is_billed) > 0
    on conflict (vendor, day) do update
        set
            billed_calls = spend.billed_calls + excluded.billed_calls,
            usd = spend.usd + (
                select coalesce(sum(price_of_call(%(endpoint)s::text, spend.billed_calls + ended.billed_position)), 0)
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
),

priced as (
    select
        ended.*,
        case
            when ended.is_billed then price_of_call(%(endpoint)s::text, before.billed_calls + ended.billed_position)
            else 0
        end as price_usd
    from ended
    cross join before
),

billed as (
    insert into pipeline_spend as bill (pipeline, vendor, day, billed_calls, usd)
    select
        %(pipeline)s::text,
        vendor_of(%(endpoint)s::text),
        %(day)s::date,
        count(*),
        sum(priced.price_usd)
    from priced
    where priced.is_billed
    having count(*) > 0
    on conflict (pipeline, vendor, day) do update
        set billed_calls = bill.billed_calls + excluded.billed_calls, usd = bill.usd + excluded.usd
),

late as (
    -- The claim had expired and is somebody else's now: the answer comes too late, the bill does not. Or the request asked on.
    insert into api_calls (
        day, endpoint, subject, holds_identity, outcome, owner, pipeline, run_id, task_id, map_index, keyword,
        called_at, answered_at, http_status, is_billed, price_usd, latency_ms, attempt, error
    )
    select
        %(day)s::date,
        %(endpoint)s::text,
        priced.subject,
        false,
        priced.outcome,
        %(owner)s::text,
        %(pipeline)s::text,
        %(run_id)s::text,
        %(task_id)s::text,
        %(map_index)s::integer,
        %(keyword)s::text,
        priced.called_at,
        priced.answered_at,
        priced.http_status,
        priced.is_billed,
        priced.price_usd,
        priced.latency_ms,
        priced.attempt,
        priced.error
    from priced
    where not priced.is_ours
    returning subject
),

settled as (
    update api_calls as calls
    set
        outcome = priced.outcome,
        holds_identity = priced.holds_identity,
        http_status = priced.http_status,
        is_billed = priced.is_billed,
        price_usd = priced.price_usd,
        latency_ms = priced.latency_ms,
        attempt = priced.attempt,
        error = priced.error,
        answer = answers.answer,
        called_at = priced.called_at,
        answered_at = priced.answered_at,
        claimed_until = null
    from priced
    inner join unnest(%(answers)s::bytea []) with ordinality as answers (answer, place) on priced.place = answers.place
    where
        calls.day = %(day)s::date
        and calls.endpoint = %(endpoint)s::text
        and calls.subject = priced.subject
        and calls.owner = %(owner)s::text
        and calls.holds_identity
        and calls.outcome = 'calling'
        and priced.is_ours
    returning calls.subject
)

select
    settled.subject,
    true as is_settled
from settled
union all
select
    late.subject,
    false as is_settled
from late
order by subject;
