-- What a day's calls were for and what they cost, from the sums its last report left; one row per endpoint (`part` endpoint),
-- per keyword (`part` keyword) and per outcome that is no answer (`part` failure). Parameters: day date.
with
sums as (
    select *
    from call_summaries
    where call_summaries.pipeline = 'comets' and call_summaries.day = %(day)s::date
)

select
    'endpoint' as part,
    sums.endpoint as name,
    sum(sums.calls) as calls,
    sum(sums.billed) as billed,
    sum(sums.usd) as usd,
    sum(sums.latency_ms)::numeric / sum(sums.calls) as latency_ms
from sums
group by sums.endpoint
union all
select
    'keyword' as part,
    sums.keyword as name,
    sum(sums.calls) as calls,
    sum(sums.billed) as billed,
    sum(sums.usd) as usd,
    sum(sums.latency_ms)::numeric / sum(sums.calls) as latency_ms
from sums
where sums.keyword <> ''
group by sums.keyword
union all
select
    'failure' as part,
    sums.endpoint || ': ' || sums.outcome as name,
    sum(sums.calls) as calls,
    sum(sums.billed) as billed,
    sum(sums.usd) as usd,
    sum(sums.latency_ms)::numeric / sum(sums.calls) as latency_ms
from sums
where sums.outcome not in ('answered', 'not_found')
group by sums.endpoint, sums.outcome
order by part, usd desc, calls desc, name;
