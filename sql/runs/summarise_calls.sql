-- Sums up what a pipeline's calls of a day were; one row out with the number of sums that changed. Parameters: pipeline text,
-- day date.
with
found as (
    select
        calls.endpoint,
        coalesce(calls.keyword, '') as keyword,
        calls.outcome,
        count(*) as calls,
        count(*) filter (where calls.is_billed) as billed,
        coalesce(sum(calls.price_usd), 0) as usd,
        coalesce(sum(calls.latency_ms), 0) as latency_ms
    from api_calls as calls
    where calls.day = %(day)s::date and calls.pipeline = %(pipeline)s::text and calls.outcome <> 'calling'
    group by calls.endpoint, coalesce(calls.keyword, ''), calls.outcome
),

removed as (
    delete from call_summaries as kept
    where
        kept.pipeline = %(pipeline)s::text
        and kept.day = %(day)s::date
        and not exists (
            select from found
            where found.endpoint = kept.endpoint and found.keyword = kept.keyword and found.outcome = kept.outcome
        )
    returning kept.day
),

written as (
    insert into call_summaries as kept (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)
    select
        %(pipeline)s::text,
        %(day)s::date,
        found.*
    from found
    order by found.endpoint, found.keyword, found.outcome
    on conflict (pipeline, day, endpoint, keyword, outcome) do update
        set
            calls = excluded.calls,
            billed = excluded.billed,
            usd = excluded.usd,
            latency_ms = excluded.latency_ms
        where
            (kept.calls, kept.billed, kept.usd, kept.latency_ms)
            is distinct from (excluded.calls, excluded.billed, excluded.usd, excluded.latency_ms)
    returning kept.day
)

select (select count(*) from removed) + (select count(*) from written) as changed;
