-- What this run's calls cost, by vendor: from its day on, for it may go on when that has ended. Tokens are those of vendors that
-- count them; null for others.
-- Parameters: run_id text, day date.
select
    vendor_of(calls.endpoint) as vendor,
    count(*) as calls,
    count(*) filter (where calls.is_billed) as billed,
    sum(calls.price_usd) as usd,
    max(tokens.tokens_in) as tokens_in,
    max(tokens.tokens_out) as tokens_out
from api_calls as calls
left join (
    select
        vendor_of(taken.endpoint) as vendor,
        sum(taken.tokens_in)::bigint as tokens_in,
        sum(taken.tokens_out)::bigint as tokens_out
    from call_tokens as taken
    where taken.pipeline = 'video_research' and taken.run_id = %(run_id)s::text
    group by vendor_of(taken.endpoint)
) as tokens on vendor_of(calls.endpoint) = tokens.vendor
where
    calls.day >= %(day)s::date
    and calls.pipeline = 'video_research'
    and calls.run_id = %(run_id)s::text
group by vendor_of(calls.endpoint)
order by vendor_of(calls.endpoint);
