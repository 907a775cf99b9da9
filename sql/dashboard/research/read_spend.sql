-- One row per vendor that research paid: in all, and on the last day of it. No parameters.
select
    spend.vendor,
    sum(spend.billed_calls) as billed_calls,
    sum(spend.usd) as usd,
    max(spend.day) as last_day
from pipeline_spend as spend
where spend.pipeline = 'video_research'
group by spend.vendor
order by spend.vendor;
