-- Estimates anew the gaps that touch one day and counts the growth of every row that depends on it; one row out per
-- changed row. Parameters: day date, user_ids text[] (locked by the caller, so that neighbouring days wait).
with
around as (
    select
        wanted.user_id,
        sides.recorded_date,
        sides.follower_count,
        sides.heart_count,
        sides.video_count
    from (select distinct given.user_id from unnest(%(user_ids)s::text []) as given (user_id)) as wanted
    cross join lateral (
        (
            select stats.*
            from creator_stats as stats
            where
                stats.user_id = wanted.user_id
                and stats.recorded_date < %(day)s::date
                and not stats.is_estimated
            order by stats.recorded_date desc
            limit 1
        )
        union all
        (
            select stats.*
            from creator_stats as stats
            where
                stats.user_id = wanted.user_id
                and stats.recorded_date = %(day)s::date
                and not stats.is_estimated
        )
        union all
        (
            select stats.*
            from creator_stats as stats
            where
                stats.user_id = wanted.user_id
                and stats.recorded_date > %(day)s::date
                and not stats.is_estimated
            order by stats.recorded_date
            limit 1
        )
    ) as sides
),

pairs as (
    select
        around.*,
        lead(around.recorded_date) over ahead as next_date,
        lead(around.follower_count) over ahead as next_followers,
        lead(around.heart_count) over ahead as next_hearts,
        lead(around.video_count) over ahead as next_videos
    from around
    window ahead as (partition by around.user_id order by around.recorded_date)
),

estimated as (
    -- div() on whole numbers rounds halves up exactly, however large the counts.
    select
        pairs.user_id,
        pairs.recorded_date + steps.step as recorded_date,
        div(
            2 * (pairs.follower_count::numeric * (spans.days - steps.step) + pairs.next_followers::numeric * steps.step)
            + spans.days,
            2 * spans.days
        )::bigint as follower_count,
        div(
            2 * (pairs.heart_count::numeric * (spans.days - steps.step) + pairs.next_hearts::numeric * steps.step)
            + spans.days,
            2 * spans.days
        )::bigint as heart_count,
        div(
            2 * (pairs.video_count::numeric * (spans.days - steps.step) + pairs.next_videos::numeric * steps.step)
            + spans.days,
            2 * spans.days
        )::bigint as video_count
    from pairs
    cross join lateral (select (pairs.next_date - pairs.recorded_date) as days) as spans
    cross join lateral generate_series(greatest(1, spans.days - 30), spans.days - 1) as steps (step)
),

points as (
    select
        around.user_id,
        around.recorded_date,
        around.follower_count,
        around.heart_count,
        around.video_count,
        false as is_estimated
    from around
    union all
    select
        estimated.user_id,
        estimated.recorded_date,
        estimated.follower_count,
        estimated.heart_count,
        estimated.video_count,
        true
    from estimated
),

grown as (
    select
        points.*,
        lag(points.recorded_date) over before as compared_with,
        lag(points.follower_count) over before as followers_before
    from points
    window before as (partition by points.user_id order by points.recorded_date)
)

insert into creator_stats as kept (
    user_id, recorded_date, follower_count, heart_count, video_count,
    daily_growth_followers, daily_growth_percent, compared_with, origin, is_estimated
)
select
    grown.user_id,
    grown.recorded_date,
    grown.follower_count,
    grown.heart_count,
    grown.video_count,
    coalesce(growth_followers(grown.followers_before, grown.follower_count), 0),
    coalesce(growth_percent(grown.followers_before, grown.follower_count), 0.00),
    grown.compared_with,
    'interpolation',
    true
from grown
-- What is compared with a row before this window was right already; a day with nothing before it is at first sight.
where
    grown.is_estimated
    or grown.compared_with is not null
    or grown.recorded_date = %(day)s::date
order by grown.user_id, grown.recorded_date
on conflict (user_id, recorded_date) do update
    set
        follower_count = excluded.follower_count,
        heart_count = excluded.heart_count,
        video_count = excluded.video_count,
        daily_growth_followers = excluded.daily_growth_followers,
        daily_growth_percent = excluded.daily_growth_percent,
        compared_with = excluded.compared_with
    where
        (
            kept.follower_count, kept.heart_count, kept.video_count,
            kept.daily_growth_followers, kept.daily_growth_percent, kept.compared_with
        ) is distinct from (
            excluded.follower_count, excluded.heart_count, excluded.video_count,
            excluded.daily_growth_followers, excluded.daily_growth_percent, excluded.compared_with
        )
returning kept.user_id, kept.recorded_date, kept.is_estimated;
