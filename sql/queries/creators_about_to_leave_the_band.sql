-- Creators with 10,000 to 100,000 followers who will have left that band within 7 days at their pace of the last 7.
-- One row per creator. The pace is counted between measured days alone, since estimated ones only repeat it; whoever was
-- last measured more than 7 days ago is left out.
with
measured as (
    select
        user_id,
        recorded_date,
        follower_count,
        max(recorded_date) over (partition by user_id) as last_seen_on
    from creator_stats
    where recorded_date between current_date - 14 and current_date and not is_estimated
),

recent as (
    select
        *,
        min(recorded_date) over (partition by user_id) as before_on
    from measured
    where last_seen_on >= current_date - 7 and recorded_date >= last_seen_on - 7
),

spans as (
    select
        user_id,
        last_seen_on,
        last_seen_on - before_on as days_between,
        count(*) as days_measured,
        min(follower_count) filter (where recorded_date = before_on) as followers_before,
        min(follower_count) filter (where recorded_date = last_seen_on) as followers
    from recent
    where before_on < last_seen_on
    group by user_id, last_seen_on, before_on
),

paces as (
    select
        *,
        (followers - followers_before)::numeric / days_between as followers_per_day
    from spans
    where followers between 10000 and 100000
),

leaving as (
    select
        *,
        -- The band's ends belong to it: whoever leaves is one follower beyond.
        last_seen_on + ceil(
            case when followers_per_day > 0 then 100001 - followers else 9999 - followers end / followers_per_day
        )::integer as leaves_on
    from paces
    -- A slower pace than this cannot cross the band's width in 14 days, and would only run past the calendar's end.
    where abs(followers_per_day) >= 0.01
)

select
    creators.handle,
    creators.nickname,
    leaving.followers,
    leaving.leaves_on,
    leaving.last_seen_on,
    leaving.days_measured,
    round(leaving.followers_per_day, 1) as followers_per_day,
    case when leaving.followers_per_day > 0 then 'passes 100,000' else 'falls below 10,000' end as how
from leaving
inner join creators on leaving.user_id = creators.user_id
where
    creators.status = 'active'
    and leaving.leaves_on <= current_date + 7
    -- Nobody whom a person overruled to be refused.
    and creators.user_id not in (
        select overrules.user_id from overrules
        where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    )
order by leaving.leaves_on, creators.handle;
