-- Comets first found on a day, the largest first, with how many there are in all; one row per creator. Nobody whom a person
-- overruled to be refused.
-- Parameters: day date, most int.
select
    creators.user_id,
    creators.handle,
    stats.follower_count,
    creators.first_seen_keyword as keyword,
    count(*) over () as found
from creators
inner join creator_stats as stats on creators.user_id = stats.user_id and stats.recorded_date = %(day)s::date
where creators.first_seen_on = %(day)s::date and not stats.is_estimated
    and not exists (
        select from overrules
        where overrules.user_id = stats.user_id and overrules.expected = 'refuse' and overrules.withdrawn_at is null
    )
order by stats.follower_count desc, creators.user_id
limit %(most)s::integer;
