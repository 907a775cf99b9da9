-- Who left the band upwards on a day, with how many there are in all; one row per creator. Nobody whom a person
-- overruled to be refused.
-- Parameters: day date, max_followers bigint, most int.
select
    stats.user_id,
    creators.handle,
    stats.follower_count,
    count(*) over () as found
from creator_stats as stats
inner join creators on stats.user_id = creators.user_id
where
    stats.recorded_date = %(day)s::date
    and not stats.is_estimated
    and stats.follower_count > %(max_followers)s::bigint
    and stats.follower_count - stats.daily_growth_followers <= %(max_followers)s::bigint
    and stats.compared_with is not null
    and not exists (
        select from overrules
        where overrules.user_id = stats.user_id and overrules.expected = 'refuse' and overrules.withdrawn_at is null
    )
order by stats.follower_count desc, stats.user_id
limit %(most)s::integer;
