-- One row per vendor that research paid, in all, with the tokens of those that count them (null for others). No parameters.
select
    spend.vendor,
    sum(spend.billed_calls) as billed_calls,
    sum(spend.usd) as usd,
    max(spend.day) as last_day,
    max(tokens.tokens_in) as tokens_in,
    max(tokens.tokens_out) as tokens_out
from pipeline_spend as spend
left join (
    select
        vendor_of(taken.endpoint) as vendor,
        sum(taken.tokens_in)::bigint as tokens_in,
        sum(taken.tokens_out)::bigint as tokens_out
    from call_tokens as taken
    where taken.pipeline = 'video_research'
    group by vendor_of(taken.endpoint)
) as tokens on spend.vendor = tokens.vendor
where spend.pipeline = 'video_research'
group by spend.vendor
order by spend.vendor;
