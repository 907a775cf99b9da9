-- The 20 creators that gained most followers over the last 7 days; one row per creator.
select
    creators.handle,
    creators.nickname,
    sum(stats.daily_growth_followers) as growth_7_days
from creator_stats as stats
inner join creators on stats.user_id = creators.user_id
where stats.recorded_date > current_date - 7
group by creators.user_id, creators.handle, creators.nickname
order by growth_7_days desc
limit 20;
