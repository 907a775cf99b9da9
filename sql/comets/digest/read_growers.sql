-- Who grew most in percent since the day before, both days observed; one row per creator. Nobody whom a person
-- overruled to be refused.
-- Parameters: day date, least_percent numeric, most int.
select
    stats.user_id,
    creators.handle,
    stats.follower_count,
    stats.daily_growth_followers as growth,
    stats.daily_growth_percent as percent
from creator_stats as stats
inner join creators on stats.user_id = creators.user_id
inner join creator_stats as before
    on stats.user_id = before.user_id and before.recorded_date = %(day)s::date - 1
where
    stats.recorded_date = %(day)s::date
    and stats.daily_growth_percent >= %(least_percent)s::numeric
    and not stats.is_estimated
    and not before.is_estimated
    and not exists (
        select from overrules
        where overrules.user_id = stats.user_id and overrules.expected = 'refuse' and overrules.withdrawn_at is null
    )
order by stats.daily_growth_percent desc, stats.user_id
limit %(most)s::integer;
