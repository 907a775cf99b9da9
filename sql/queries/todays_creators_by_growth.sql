-- Today's creators, fastest growing first; one row per creator. From 00:00 UTC until the day's run there is none.
select
    creators.handle,
    creators.nickname,
    stats.follower_count,
    stats.daily_growth_followers,
    stats.daily_growth_percent
from creator_stats as stats
inner join creators on stats.user_id = creators.user_id
where stats.recorded_date = current_date
order by stats.daily_growth_percent desc;
