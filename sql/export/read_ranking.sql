-- The ranking in whole, or what is left of it; one row per creator, by score. Parameters: trend text or null,
-- band text or null, status text or null, only_new bool, only_fading bool.
select
    standings.user_id,
    standings.handle,
    standings.nickname,
    standings.status,
    standings.day,
    standings.follower_count,
    standings.heart_count,
    standings.video_count,
    standings.is_estimated,
    standings.estimated_days,
    standings.observed_at,
    standings.growth_1,
    standings.growth_7,
    standings.growth_30,
    standings.percent_1,
    standings.percent_7,
    standings.percent_30,
    standings.acceleration,
    standings.first_seen_on,
    standings.source_trend,
    standings.band,
    standings.is_new,
    standings.is_fading,
    standings.score,
    standings.score_growth,
    standings.score_acceleration,
    standings.score_consistency,
    standings.score_engagement
from standings
where
    (%(trend)s::text is null or standings.source_trend = %(trend)s::text)
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
order by standings.score desc nulls last, standings.user_id;
