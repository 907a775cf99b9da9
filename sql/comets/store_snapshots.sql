-- Stores snapshots of one day and takes back the misses of who was measured after all; one row out per creator: stored (with
-- the counts it has now), kept (nothing new) or suspect (a reading kept among the misses). What is_unsettled is for settle_falls
-- to decide: the suspects, and whatever makes other falls come out differently. Parameters: day date, origin text, and arrays of
-- the same length: user_ids, followers, hearts, videos, observed_at, source_trends.
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
        coalesce(is_fall(earlier.follower_count, incoming.follower_count), false) as is_fall
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
        suspect.day is not null as has_suspects,
        -- Not stored before it was judged together with the readings around it.
        (compared.is_fall or coalesce(suspect.day = %(day)s::date, false)) and not exists (
            select from creator_stats as stats
            where
                stats.user_id = compared.user_id
                and stats.recorded_date = %(day)s::date
                and not stats.is_estimated
        ) as is_suspect
    from compared
    left join lateral (
        select misses.day
        from roll_call_misses as misses
        where misses.user_id = compared.user_id and misses.day >= %(day)s::date and misses.outcome = 'suspect'
        order by misses.day
        limit 1
    ) as suspect on true
),

kept_readings as (
    insert into roll_call_misses as kept (
        user_id, day, outcome, reason, follower_count, heart_count, video_count, observed_at, origin, source_trend
    )
    select
        judged.user_id,
        %(day)s::date,
        'suspect',
        coalesce(reason_of_fall(judged.earlier_followers, judged.earlier_date, judged.follower_count), ''),
        judged.follower_count,
        judged.heart_count,
        judged.video_count,
        judged.observed_at,
        %(origin)s::text,
        judged.source_trend
    from judged
    where judged.is_suspect
    order by judged.user_id
    on conflict (user_id, day) do update
        set
            outcome = excluded.outcome,
            reason = excluded.reason,
            follower_count = excluded.follower_count,
            heart_count = excluded.heart_count,
            video_count = excluded.video_count,
            observed_at = excluded.observed_at,
            origin = excluded.origin,
            source_trend = coalesce(kept.source_trend, excluded.source_trend),
            is_doubted = false,
            missed_at = now()
        where
            kept.outcome <> 'suspect'
            or kept.observed_at > excluded.observed_at
            or (kept.source_trend is null and excluded.source_trend is not null)
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
        coalesce(growth_followers(judged.earlier_followers, judged.follower_count), 0),
        coalesce(growth_percent(judged.earlier_followers, judged.follower_count), 0.00),
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
    stored.user_id is not null and (judged.earlier_date < %(day)s::date - 1 or later.user_id is not null) as borders_a_gap,
    judged.is_suspect
    or (
        stored.user_id is not null
        and (
            judged.is_fall
            or judged.has_suspects
            -- Late: the row before was a first look, the next one was one or is one now, or a row was replaced, which may have
            -- been the second look of a fall.
            or is_fall(before.follower_count, judged.earlier_followers) is true
            or is_fall(judged.earlier_followers, after.follower_count) is true
            or is_fall(judged.follower_count, after.follower_count) is true
            or replaced.user_id is not null
        )
    ) as is_unsettled
from judged
left join stored on judged.user_id = stored.user_id
left join lateral (
    -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
    select stats.user_id
    from creator_stats as stats
    where stored.user_id is not null and stats.user_id = judged.user_id and stats.recorded_date > %(day)s::date
    limit 1
) as later on true
left join lateral (
    select stats.follower_count
    from creator_stats as stats
    where
        later.user_id is not null
        and stats.user_id = judged.user_id
        and stats.recorded_date < judged.earlier_date
        and not stats.is_estimated
    order by stats.recorded_date desc
    limit 1
) as before on true
left join lateral (
    select stats.user_id
    from creator_stats as stats
    where
        stored.user_id is not null
        and stats.user_id = judged.user_id
        and stats.recorded_date = %(day)s::date
        and not stats.is_estimated
    limit 1
) as replaced on true
left join lateral (
    select stats.follower_count
    from creator_stats as stats
    where
        later.user_id is not null
        and stats.user_id = judged.user_id
        and stats.recorded_date > %(day)s::date
        and not stats.is_estimated
    order by stats.recorded_date
    limit 1
) as after on true
order by judged.user_id;
