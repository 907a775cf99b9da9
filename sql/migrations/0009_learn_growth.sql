-- What the roll call goes by when it cannot look at everybody: how each creator moved, kept on the roster by the looks.

alter table creators
    add column last_measured_on date,
    add column last_follower_count bigint,
    add column growth_rate double precision,
    add column growth_deviation double precision;
comment on column creators.last_measured_on is 'Day of the latest observed snapshot; only ever moves forward';
comment on column creators.last_follower_count is 'Followers on that day';
comment on column creators.growth_rate is
'Growth of the logarithm of the followers per day, recent days weighing most; NULL before two looks';
comment on column creators.growth_deviation is
'By how much a look differs from what growth_rate foretold, per square root of the days between; NULL before two looks';

-- What a look teaches: rate and deviation anew. Of the old rate a fifth is left after a day. A surprise larger than the known
-- deviation counts three tenths at once, a smaller one a twentieth for each day: soon found lively, only slowly found calm.
create function learn_growth(
    rate double precision, deviation double precision, followers_before bigint, followers bigint, days integer
) returns table (growth_rate double precision, growth_deviation double precision)
language sql immutable
as $$
    select
        known.rate + (1 - power(0.2, days)) * (seen.growth - known.rate),
        known.deviation + case
            when surprise.size > known.deviation then 0.3 else 1 - power(0.95, days)
        end * (surprise.size - known.deviation)
    -- Before the second look nothing is known: nobody is expected to grow, give or take 0.5 percent a day.
    from (select coalesce(rate, 0) as rate, coalesce(deviation, 0.005) as deviation) as known
    cross join lateral (
        select ln(greatest(followers, 1)::double precision / greatest(followers_before, 1)) / days as growth
    ) as seen
    cross join lateral (select abs(seen.growth - known.rate) * sqrt(days) as size) as surprise
$$;

-- History that is there already: the latest snapshot, and the growth since the earliest of the 14 days before it.
with
latest as (
    select distinct on (stats.user_id)
        stats.user_id,
        stats.recorded_date,
        stats.follower_count
    from creator_stats as stats
    where not stats.is_estimated
    order by stats.user_id, stats.recorded_date desc
),

earlier as (
    select distinct on (stats.user_id)
        stats.user_id,
        stats.recorded_date,
        stats.follower_count
    from creator_stats as stats
    inner join latest on stats.user_id = latest.user_id
    where
        not stats.is_estimated
        and stats.recorded_date < latest.recorded_date
        and stats.recorded_date >= latest.recorded_date - 14
    order by stats.user_id, stats.recorded_date
)

update creators
set
    last_measured_on = latest.recorded_date,
    last_follower_count = latest.follower_count,
    growth_rate = ln(greatest(latest.follower_count, 1)::double precision / greatest(earlier.follower_count, 1))
        / (latest.recorded_date - earlier.recorded_date),
    growth_deviation = case when earlier.user_id is not null then 0.005 end
from latest
left join earlier on latest.user_id = earlier.user_id
where creators.user_id = latest.user_id;
