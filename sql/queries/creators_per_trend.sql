-- Creators found under each trend today, and how many followers they have on average; one row per trend.
select
    source_trend,
    count(*) as creators_found,
    avg(follower_count) as average_followers
from creator_stats
where recorded_date = current_date and source_trend is not null
group by source_trend
order by creators_found desc;
