-- The breakout score foretells better than before: against the growth of the day before in percent, which is hard to beat.

-- The breakout score of all who were observed in the 10 days up to as_of, or of a part of them; key: user_id. Never looks ahead:
-- of days after as_of and of rows observed at known_by or later (NULL: any time) nothing is used. An estimated row says nothing
-- itself: growth across a gap counts once, as what its two ends say.
create or replace function score_creators(
    as_of date, known_by timestamptz, part integer default 0, parts integer default 1
) returns table (
    user_id text,
    observed_days bigint,
    follower_count bigint,
    growth_1 bigint,
    score numeric,
    score_growth numeric,
    score_acceleration numeric,
    score_consistency numeric,
    score_engagement numeric
)
language sql stable
as $$
    with
    -- What is usual, 50,000 creators or more tell well enough: one of so many is asked.
    asked as materialized (
        select greatest(1, count(*) / 50000) as one_of
        from creators
    ),

    -- Growth is the slope of the logarithm of the followers: a share per day, alike for small and large, and it needs no
    -- day in particular. Breakouts are over within days, so the last two count; who was not seen on them is judged by all 10.
    observed as (
        select
            stats.*,
            stats.recorded_date - as_of as age,
            ln(greatest(stats.follower_count, 1)::double precision) as log,
            part_of(stats.user_id, parts) = part as is_wanted,
            (hashtextextended(stats.user_id, 1) & 1048575) % asked.one_of = 0 as is_asked
        from creator_stats as stats
        cross join asked
        where
            stats.recorded_date between as_of - 9 and as_of
            and not stats.is_estimated
            and (known_by is null or stats.observed_at is null or stats.observed_at < known_by)
    ),

    seen as (
        select
            observed.user_id,
            observed.is_wanted,
            observed.is_asked,
            count(*) as days,
            max(observed.follower_count) filter (where observed.age = 0) as follower_count,
            max(observed.follower_count) filter (where observed.age = -1) as followers_before,
            min(observed.follower_count) as least_followers,
            max(observed.follower_count) as most_followers,
            regr_slope(observed.log, observed.age) filter (where observed.age >= -2) as pace,
            regr_slope(observed.log, observed.age) filter (where observed.age <= -2) as pace_before,
            regr_slope(observed.log, observed.age) as pace_of_all,
            regr_r2(observed.log, observed.age) as steadiness,
            max(observed.heart_count) filter (where observed.age >= -2)
            - min(observed.heart_count) filter (where observed.age <= -7) as hearts,
            max(observed.video_count) - min(observed.video_count) as videos
        from observed
        where observed.is_wanted or observed.is_asked
        group by observed.user_id, observed.is_wanted, observed.is_asked
    ),

    -- The last day alone foretells best, and is the most easily disturbed: the slope over two lends it some steadiness.
    paced as (
        select
            seen.*,
            case
                -- greatest() passes over what is not known.
                when seen.follower_count is null or seen.followers_before is null then seen.pace
                else
                    0.7 * ln(greatest(seen.follower_count, 1)::double precision / greatest(seen.followers_before, 1))
                    + 0.3 * seen.pace
            end as pace_now
        from seen
        where seen.days >= 2
    ),

    measured as (
        select
            paced.*,
            -- Half a power of ten is a size; whoever is smaller than 1,000 or larger than a million is compared with the next.
            -- The least of the 10 days: whoever breaks out is compared with where they come from, not with those who arrived.
            floor(2 * log(greatest(1000, least(999999, paced.least_followers))::double precision)) as size,
            coalesce(paced.pace_now, paced.pace_of_all) as growth,
            paced.pace_now - paced.pace_before as acceleration,
            -- Hearts gained in a week per follower and video; nothing gained is nothing known.
            case
                when paced.hearts > 0
                    then ln(paced.hearts::double precision / greatest(paced.most_followers, 1) / (1 + paced.videos))
            end as engagement
        from paced
    ),

    -- What is usual: the middle of a size, and a robust deviation of everybody (quartiles of a normal lie 1.349 deviations apart):
    -- in a size where much happens, its own would make little of it. A size of fewer than 30 creators has no usual of its own.
    usual as (
        select
            measured.size,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.growth) as growth,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.acceleration) as acceleration,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.engagement) as engagement
        from measured
        where measured.is_asked
        group by grouping sets ((measured.size), ())
        having count(*) >= 30 or grouping(measured.size) = 1
    ),

    -- Deviations above the usual; nobody's usual is steadier than 0.02 % a day. 3 days without evidence are laid beside the
    -- observed ones: who was seen on few is drawn towards the middle.
    compared as (
        select
            measured.*,
            (measured.growth - middle.growth) / greatest((everybody.growth[3] - everybody.growth[1]) / 1.349, 0.0002)
            * evidence.share as growth_deviations,
            (measured.acceleration - middle.acceleration)
            / greatest((everybody.acceleration[3] - everybody.acceleration[1]) / 1.349, 0.0002) * evidence.share
                as acceleration_deviations,
            (measured.engagement - middle.engagement)
            / greatest((everybody.engagement[3] - everybody.engagement[1]) / 1.349, 0.1) * evidence.share
                as engagement_deviations,
            case
                when measured.days >= 3
                    then 0.5 + (case when measured.pace_of_all > 0 then measured.steadiness else 0 end - 0.5) * evidence.share
            end as consistency
        from measured
        left join usual as own on measured.size = own.size
        cross join (select usual.* from usual where usual.size is null) as everybody
        cross join lateral (
            select
                coalesce(own.growth[2], everybody.growth[2]) as growth,
                coalesce(own.acceleration[2], everybody.acceleration[2]) as acceleration,
                coalesce(own.engagement[2], everybody.engagement[2]) as engagement
        ) as middle
        cross join lateral (select (measured.days - 1) / (measured.days + 2)::double precision as share) as evidence
        where measured.is_wanted
    ),

    -- 0 to 1, the usual at 0.5, 10 deviations at 0.75: it never quite levels off, so that the first differ from the second.
    parts as (
        select
            compared.*,
            0.5 + 0.5 * compared.growth_deviations / (10 + abs(compared.growth_deviations)) as part_growth,
            0.5 + 0.5 * compared.acceleration_deviations / (10 + abs(compared.acceleration_deviations)) as part_acceleration,
            0.5 + 0.5 * compared.engagement_deviations / (10 + abs(compared.engagement_deviations)) as part_engagement
        from compared
    )

    -- The weights: growth is what the score is about, and what foretells; whether it speeds up tells if it will last; whether it
    -- is more than one lucky day, and engagement, are the weakest signs. The weights of known parts are made to add up to 1.
    select
        parts.user_id,
        parts.days,
        parts.follower_count,
        parts.follower_count - parts.followers_before,
        round((100 * (
            0.80 * parts.part_growth
            + coalesce(0.10 * parts.part_acceleration, 0)
            + coalesce(0.05 * parts.consistency, 0)
            + coalesce(0.05 * parts.part_engagement, 0)
        ) / (
            0.80
            + case when parts.part_acceleration is null then 0 else 0.10 end
            + case when parts.consistency is null then 0 else 0.05 end
            + case when parts.part_engagement is null then 0 else 0.05 end
        ))::numeric, 2),
        round(parts.part_growth::numeric, 4),
        round(parts.part_acceleration::numeric, 4),
        round(parts.consistency::numeric, 4),
        round(parts.part_engagement::numeric, 4)
    from parts
$$;
