-- Stores snapshots of one day and takes back the misses of who was measured after all; one row out per creator: stored (with
-- the counts it has now), kept (nothing new) or suspect. Parameters: day date, origin text, and arrays of the same length:
-- user_ids, followers, hearts, videos, observed_at, source_trends.
with
incoming as (
    select distinct on (given.user_id)
        given.user_id,
        given.follower_count,
        given.heart_count,
        given.video_count,
        given.observed_at,
        given.source_trend
    from unnest(
        %(user_ids)s::text [],
        %(followers)s::bigint [],
        %(hearts)s::bigint [],
        %(videos)s::bigint [],
        %(observed_at)s::timestamptz [],
        %(source_trends)s::text []
    ) as given (user_id, follower_count, heart_count, video_count, observed_at, source_trend)
    order by given.user_id, given.observed_at
),

compared as (
    select
        incoming.*,
        earlier.recorded_date as earlier_date,
        earlier.follower_count as earlier_followers,
        earlier.follower_count > 0
        and (incoming.follower_count = 0 or incoming.follower_count < earlier.follower_count - incoming.follower_count) as is_fall
    from incoming
    left join lateral (
        select
            stats.user_id,
            stats.recorded_date,
            stats.follower_count
        from creator_stats as stats
        where
            stats.user_id = incoming.user_id
            and stats.recorded_date = %(day)s::date - 1
            and not stats.is_estimated
        limit 1
    ) as yesterday on true
    left join lateral (
        -- Looks into every partition, so only for whom yesterday did not see.
        select
            stats.recorded_date,
            stats.follower_count
        from creator_stats as stats
        where
            yesterday.user_id is null
            and stats.user_id = incoming.user_id
            and stats.recorded_date < %(day)s::date - 1
            and not stats.is_estimated
        order by stats.recorded_date desc
        limit 1
    ) as older on true
    cross join lateral (
        select
            coalesce(yesterday.recorded_date, older.recorded_date) as recorded_date,
            coalesce(yesterday.follower_count, older.follower_count) as follower_count
    ) as earlier
),

judged as (
    select
        compared.*,
        -- A second look that agrees within 5 percent with the first is believed.
        coalesce(compared.is_fall, false) and not coalesce(
            abs(compared.follower_count - first_look.follower_count)::numeric * 20 <= first_look.follower_count, false
        ) as is_suspect
    from compared
    left join lateral (
        select misses.follower_count
        from roll_call_misses as misses
        where
            compared.is_fall
            and misses.user_id = compared.user_id
            and misses.day < %(day)s::date
            and misses.day > compared.earlier_date
            and misses.outcome = 'suspect'
        order by misses.day desc
        limit 1
    ) as first_look on true
),

stored as (
    insert into creator_stats as kept (
        user_id, recorded_date, follower_count, heart_count, video_count,
        daily_growth_followers, daily_growth_percent, source_trend, compared_with, observed_at, origin, is_estimated
    )
    select
        judged.user_id,
        %(day)s::date,
        judged.follower_count,
        judged.heart_count,
        judged.video_count,
        case when judged.earlier_followers > 0 then judged.follower_count - judged.earlier_followers else 0 end,
        case
            when judged.earlier_followers > 0
                then round(
                    -- The zeros make the division exact enough to be rounded once, however large the counts.
                    (judged.follower_count - judged.earlier_followers) * 100.000000000000000000000000
                    / judged.earlier_followers,
                    2
                )
            else 0.00
        end,
        judged.source_trend,
        judged.earlier_date,
        judged.observed_at,
        %(origin)s::text,
        false
    from judged
    where not judged.is_suspect
    order by judged.user_id
    on conflict (user_id, recorded_date) do update
        set
            follower_count = excluded.follower_count,
            heart_count = excluded.heart_count,
            video_count = excluded.video_count,
            daily_growth_followers = excluded.daily_growth_followers,
            daily_growth_percent = excluded.daily_growth_percent,
            source_trend = coalesce(kept.source_trend, excluded.source_trend),
            compared_with = excluded.compared_with,
            observed_at = excluded.observed_at,
            origin = excluded.origin,
            is_estimated = false
        -- Observed replaces estimated; of two observations of a day the first stands, whatever order they come in.
        where
            kept.is_estimated
            or kept.observed_at > excluded.observed_at
            or (kept.source_trend is null and excluded.source_trend is not null)
    returning kept.user_id, kept.follower_count, kept.daily_growth_followers, kept.daily_growth_percent
),

cleared as (
    -- Who was measured after all was not missed.
    delete from roll_call_misses as misses
    using judged
    where misses.day = %(day)s::date and misses.user_id = judged.user_id and not judged.is_suspect
)

select
    judged.user_id,
    case
        when judged.is_suspect then 'suspect'
        when stored.user_id is not null then 'stored'
        else 'kept'
    end as outcome,
    judged.earlier_followers,
    judged.earlier_date,
    stored.follower_count,
    stored.daily_growth_followers,
    stored.daily_growth_percent,
    stored.user_id is not null and (judged.earlier_date < %(day)s::date - 1 or later.user_id is not null) as borders_a_gap
from judged
left join stored on judged.user_id = stored.user_id
left join lateral (
    -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
    select stats.user_id
    from creator_stats as stats
    where stored.user_id is not null and stats.user_id = judged.user_id and stats.recorded_date > %(day)s::date
    limit 1
) as later on true
order by judged.user_id;
