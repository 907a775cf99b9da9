-- Takes up what a day's snapshots taught where no roll call did: found by discovery, or written by other hands. Only ever moves
-- forward in time; one row out per creator changed. Parameters: day date.
with
behind as (
    select
        creators.user_id,
        creators.last_measured_on,
        creators.last_follower_count,
        creators.growth_rate,
        creators.growth_deviation,
        stats.follower_count
    from creator_stats as stats
    inner join creators on stats.user_id = creators.user_id
    where
        stats.recorded_date = %(day)s::date
        and not stats.is_estimated
        and (creators.last_measured_on is null or creators.last_measured_on < %(day)s::date)
    order by creators.user_id
    for no key update of creators
)

update creators
set
    last_measured_on = %(day)s::date,
    last_follower_count = behind.follower_count,
    growth_rate = growth.growth_rate,
    growth_deviation = growth.growth_deviation
from behind
left join lateral learn_growth(
    behind.growth_rate,
    behind.growth_deviation,
    behind.last_follower_count,
    behind.follower_count,
    %(day)s::date - behind.last_measured_on
) as growth on behind.last_measured_on is not null
where creators.user_id = behind.user_id
returning creators.user_id;
