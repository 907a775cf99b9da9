-- What this run's calls cost, by vendor: from its day on, for it may go on when that has ended.
-- Parameters: run_id text, day date.
select
    vendor_of(calls.endpoint) as vendor,
    count(*) as calls,
    count(*) filter (where calls.is_billed) as billed,
    sum(calls.price_usd) as usd
from api_calls as calls
where
    calls.day >= %(day)s::date
    and calls.pipeline = 'video_research'
    and calls.run_id = %(run_id)s::text
group by vendor_of(calls.endpoint)
order by vendor_of(calls.endpoint);
