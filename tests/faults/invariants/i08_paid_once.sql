-- Money: one row stands for each (day, endpoint, subject); every billed call is in the day's sum, once. Rows: faults.
select calls.day || ' ' || calls.endpoint || ' ' || calls.subject as violation
from api_calls as calls
where calls.holds_identity
group by calls.day, calls.endpoint, calls.subject
having count(*) > 1
union all
select 'an answer that holds no identity: ' || calls.endpoint || ' ' || calls.subject
from api_calls as calls
where not calls.holds_identity and calls.answer is not null
union all
select 'spend of ' || coalesce(spend.day, sums.day) || ': ' || coalesce(spend.billed_calls, 0) || ' counted, '
    || coalesce(sums.billed, 0) || ' in the ledger'
from api_spend as spend
full join (
    select
        vendor_of(calls.endpoint) as vendor,
        calls.day,
        count(*) filter (where calls.is_billed) as billed,
        sum(calls.price_usd) as usd
    from api_calls as calls
    group by vendor_of(calls.endpoint), calls.day
    having count(*) filter (where calls.is_billed) > 0
) as sums on spend.day = sums.day and spend.vendor = sums.vendor
where (spend.billed_calls, spend.usd) is distinct from (sums.billed::integer, sums.usd::numeric(12, 6))
union all
select 'the pipelines'' bills of ' || coalesce(spend.day, bills.day) || ' are not what the vendor counted'
from api_spend as spend
full join (
    select
        bill.vendor,
        bill.day,
        sum(bill.billed_calls) as billed,
        sum(bill.usd) as usd
    from pipeline_spend as bill
    group by bill.vendor, bill.day
) as bills on spend.day = bills.day and spend.vendor = bills.vendor
where (spend.billed_calls, spend.usd) is distinct from (bills.billed::integer, bills.usd::numeric(12, 6));
