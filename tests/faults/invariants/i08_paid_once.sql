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
        calls.day,
        count(*) filter (where calls.is_billed) as billed,
        sum(calls.price_usd) as usd
    from api_calls as calls
    group by calls.day
    having count(*) filter (where calls.is_billed) > 0
) as sums on spend.day = sums.day
where (spend.billed_calls, spend.usd) is distinct from (sums.billed::integer, sums.usd::numeric(12, 6));
