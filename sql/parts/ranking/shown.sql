-- What is shown of those on `page`; one row per creator. Parameters: days int (the window:
-- 1, 7 or 30).
select
    shown.user_id,
    shown.day,
    shown.handle,
    shown.nickname,
    shown.status,
    shown.follower_count,
    shown.is_estimated,
    shown.estimated_days,
    (
        select latest.origin from creator_stats as latest
        where latest.user_id = shown.user_id and latest.recorded_date = shown.day
    ) as origin,
    shown.observed_at,
    case %(days)s::integer when 1 then shown.growth_1 when 7 then shown.growth_7 when 30 then shown.growth_30 end as growth,
    case %(days)s::integer when 1 then shown.percent_1 when 7 then shown.percent_7 when 30 then shown.percent_30 end as percent,
    -- What growth is counted from: the row so many days before the creator's own latest.
    shown.day - %(days)s::integer as compared_with,
    exists(
        select from creator_stats as base
        where
            base.user_id = shown.user_id
            and base.recorded_date = shown.day - %(days)s::integer
            and base.is_estimated
    ) as is_base_estimated,
    shown.acceleration,
    shown.is_estimated or exists (
        select from creator_stats as base
        where
            base.user_id = shown.user_id
            and base.recorded_date in (shown.day - 7, shown.day - 14)
            and base.is_estimated
    ) as is_acceleration_estimated,
    shown.first_seen_on,
    shown.source_trend,
    shown.band,
    shown.band = 'above' and exists (
        select from creator_stats as inside
        where inside.user_id = shown.user_id and inside.follower_count <= 100000
    ) as has_graduated,
    shown.is_new,
    shown.is_fading,
    shown.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled,
    shown.score,
    shown.score_growth,
    shown.score_hearts,
    shown.growth_check,
    shown.growth_signs,
    shown.looks_bought,
    shown.median_plays,
    shown.engagement,
    shown.share_above,
    shown.best_to_median,
    shown.plays_per_follower,
    shown.posts_per_week,
    shown.last_post_on,
    shown.language,
    shown.contacts
from page as placed
inner join standings as shown on placed.user_id = shown.user_id
order by
    -- part: ranking/order
