-- What the API cost in the last 30 days; one row per day and endpoint, and one per day for all of them together.
-- An accepted comet: a creator accepted on that day. An endpoint's share of what one cost is given as well.
with
calls as (
    select
        day,
        coalesce(endpoint, 'all') as endpoint,
        count(*) as calls,
        count(*) filter (where is_billed) as billed,
        sum(price_usd) as usd,
        count(*) filter (where outcome not in ('answered', 'not_found')) as without_answer
    from api_calls
    where day > current_date - 30 and day <= current_date and outcome <> 'calling'
    group by grouping sets ((day, endpoint), (day))
),

accepted as (
    select
        day,
        count(distinct user_id) as comets
    from verdicts
    where day > current_date - 30 and day <= current_date and layer = 'accepted'
    group by day
)

select
    calls.day,
    calls.endpoint,
    calls.calls,
    calls.billed,
    calls.without_answer,
    calls.usd,
    coalesce(accepted.comets, 0) as comets_accepted,
    round(calls.usd / accepted.comets, 6) as usd_per_comet
from calls
left join accepted on calls.day = accepted.day
order by calls.day desc, calls.endpoint = 'all' desc, calls.endpoint asc;
