-- What the APIs cost in the last 30 days; per day, pipeline and vendor one row of the whole day, one of discovery only (searches,
-- and the profiles they led to), and one per endpoint. Comets are those of the pipeline `comets`, accepted: who was accepted on
-- that day, once however often; new: who was never accepted before that day. Each row gives its share of what one cost.
with
calls as (
    select
        day,
        pipeline,
        vendor,
        case
            when grouping(endpoint) = 0 then endpoint
            when grouping(is_discovery) = 0 then 'discovery only'
            else 'whole day'
        end as endpoint,
        count(*) as calls,
        count(*) filter (where is_billed) as billed,
        sum(price_usd) as usd,
        count(*) filter (where outcome not in ('answered', 'not_found')) as without_answer
    from (
        select
            api_calls.*,
            vendor_of(endpoint) as vendor,
            pipeline = 'comets' and coalesce(keyword, '') <> '' as is_discovery
        from api_calls
    ) as known
    where day > current_date - 30 and day <= current_date and outcome <> 'calling'
    group by pipeline, vendor, grouping sets ((day, endpoint), (day, is_discovery), (day))
    having grouping(is_discovery) = 1 or is_discovery
),

accepted as (
    select
        verdicts.day,
        count(distinct verdicts.user_id) as comets,
        count(distinct verdicts.user_id) filter (where creators.first_seen_on = verdicts.day) as new_comets
    from verdicts
    left join creators on verdicts.user_id = creators.user_id
    where verdicts.day > current_date - 30 and verdicts.day <= current_date and verdicts.layer = 'accepted'
    group by verdicts.day
)

select
    calls.day,
    calls.pipeline,
    calls.vendor,
    calls.endpoint,
    calls.calls,
    calls.billed,
    calls.without_answer,
    calls.usd,
    case when calls.pipeline = 'comets' then coalesce(accepted.comets, 0) end as comets_accepted,
    case when calls.pipeline = 'comets' then coalesce(accepted.new_comets, 0) end as comets_new,
    round(calls.usd / accepted.comets, 6) as usd_per_comet,
    round(calls.usd / nullif(accepted.new_comets, 0), 6) as usd_per_new_comet
from calls
left join accepted on calls.day = accepted.day and calls.pipeline = 'comets'
order by
    calls.day desc,
    calls.pipeline asc,
    calls.vendor asc,
    calls.endpoint = 'whole day' desc,
    calls.endpoint = 'discovery only' desc,
    calls.endpoint asc;
