-- Growth is a pure function of the stored counts, and estimated rows are exactly those that lie on the line between two
-- observed ones, up to 30 days before the later. Rows: rows that are not what they must be.
with
grown as (
    select
        stats.*,
        lag(stats.recorded_date) over before as date_before,
        lag(stats.follower_count) over before as followers_before
    from creator_stats as stats
    window before as (partition by stats.user_id order by stats.recorded_date)
),

pairs as (
    select
        stats.user_id,
        stats.recorded_date,
        stats.follower_count::numeric as followers,
        stats.heart_count::numeric as hearts,
        stats.video_count::numeric as videos,
        lead(stats.recorded_date) over ahead - stats.recorded_date as days,
        lead(stats.follower_count) over ahead as next_followers,
        lead(stats.heart_count) over ahead as next_hearts,
        lead(stats.video_count) over ahead as next_videos
    from creator_stats as stats
    where not stats.is_estimated
    window ahead as (partition by stats.user_id order by stats.recorded_date)
),

line as (
    select
        pairs.user_id,
        pairs.recorded_date + step as recorded_date,
        div(2 * (pairs.followers * (pairs.days - step) + pairs.next_followers * step) + pairs.days, 2 * pairs.days)
            as follower_count,
        div(2 * (pairs.hearts * (pairs.days - step) + pairs.next_hearts * step) + pairs.days, 2 * pairs.days)
            as heart_count,
        div(2 * (pairs.videos * (pairs.days - step) + pairs.next_videos * step) + pairs.days, 2 * pairs.days)
            as video_count
    from pairs
    cross join lateral generate_series(greatest(1, pairs.days - 30), pairs.days - 1) as steps (step)
)

select 'growth of ' || grown.user_id || ' on ' || grown.recorded_date as violation
from grown
where
    (grown.compared_with, grown.daily_growth_followers, grown.daily_growth_percent) is distinct from (
        grown.date_before,
        case when grown.followers_before > 0 then grown.follower_count - grown.followers_before else 0 end,
        case
            when grown.followers_before > 0
                then round((grown.follower_count - grown.followers_before) * 100::numeric(60, 30) / grown.followers_before, 2)
            else 0.00
        end
    )
union all
select 'estimate of ' || coalesce(line.user_id, kept.user_id) || ' on ' || coalesce(line.recorded_date, kept.recorded_date)
from line
full join (select stats.* from creator_stats as stats where stats.is_estimated) as kept
    on line.user_id = kept.user_id and line.recorded_date = kept.recorded_date
where
    (line.follower_count, line.heart_count, line.video_count)
    is distinct from (kept.follower_count::numeric, kept.heart_count::numeric, kept.video_count::numeric);
