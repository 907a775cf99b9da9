-- Creators with 10,000 to 100,000 followers who will have left that band within 7 days at their pace of the last 7; one row
-- per creator. The pace is counted between measured days alone, since estimated ones only repeat it; whoever was last
-- measured more than 7 days ago is left out.
with
observed as (
    select
        user_id,
        recorded_date,
        follower_count,
        row_number() over (partition by user_id order by recorded_date desc) as newest_first,
        row_number() over (partition by user_id order by recorded_date) as oldest_first,
        max(recorded_date) over (partition by user_id) as last_seen_on
    from creator_stats
    where recorded_date between current_date - 14 and current_date and not is_estimated
),

recent as (
    select
        *,
        row_number() over (partition by user_id order by recorded_date) as number
    from observed
    where recorded_date >= last_seen_on - 7
),

paces as (
    select
        latest.user_id,
        latest.follower_count,
        latest.recorded_date as last_seen_on,
        latest.recorded_date - earliest.recorded_date as days_observed,
        (latest.follower_count - earliest.follower_count)::numeric
        / (latest.recorded_date - earliest.recorded_date) as followers_per_day
    from recent as latest
    inner join recent as earliest on latest.user_id = earliest.user_id and earliest.number = 1
    where
        latest.newest_first = 1
        and latest.recorded_date >= current_date - 7
        and latest.recorded_date > earliest.recorded_date
        and latest.follower_count between 10000 and 100000
),

crossings as (
    select
        *,
        case
            -- The band's ends belong to it: leaving is one follower beyond.
            when followers_per_day > 0 then ceil((100001 - follower_count) / followers_per_day)
            when followers_per_day < 0 then ceil((9999 - follower_count) / followers_per_day)
        end as days_left
    from paces
)

select
    creators.handle,
    creators.nickname,
    crossings.follower_count,
    round(crossings.followers_per_day, 1) as followers_per_day,
    case when crossings.followers_per_day > 0 then 'passes 100,000' else 'falls below 10,000' end as leaves_by,
    crossings.last_seen_on + crossings.days_left::integer as leaves_on,
    crossings.last_seen_on,
    crossings.days_observed
from crossings
inner join creators on crossings.user_id = creators.user_id
where
    creators.status = 'active'
    and crossings.last_seen_on + crossings.days_left between current_date and current_date + 7
order by leaves_on, creators.handle;
