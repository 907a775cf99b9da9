-- Money: one line of the ledger stands for each request of a day, and the sums are those of the lines. Rows: faults.
select calls.endpoint || ' ' || calls.subject as violation
from api_calls as calls
where calls.holds_identity
group by calls.day, calls.endpoint, calls.subject
having count(*) > 1
union all
select spend.vendor || ': ' || spend.billed_calls || ' calls for ' || spend.usd || ', and the lines say otherwise'
from api_spend as spend
left join (
    select
        vendor_of(calls.endpoint) as vendor,
        calls.day,
        count(*) filter (where calls.is_billed) as billed,
        sum(calls.price_usd) as usd
    from api_calls as calls
    group by vendor_of(calls.endpoint), calls.day
) as sums on spend.vendor = sums.vendor and spend.day = sums.day
where (spend.billed_calls, spend.usd) is distinct from (sums.billed::integer, sums.usd::numeric(12, 6));
