-- Creators of the roster side by side, with their standing (NULLs before the first); one row each, in the order asked for.
-- is_…_estimated: one of the days a growth is counted from is. Parameters: user_ids text[].
select
    creators.user_id,
    creators.handle,
    creators.nickname,
    creators.status,
    creators.first_seen_on,
    creators.first_seen_keyword as source_trend,
    standings.day,
    standings.follower_count,
    standings.is_estimated,
    standings.band,
    standings.growth_1,
    standings.growth_7,
    standings.growth_30,
    standings.percent_1,
    standings.percent_7,
    standings.percent_30,
    standings.is_estimated or bases.days @> array[1] as is_growth_1_estimated,
    standings.is_estimated or bases.days @> array[7] as is_growth_7_estimated,
    standings.is_estimated or bases.days @> array[30] as is_growth_30_estimated,
    standings.acceleration,
    standings.is_estimated or bases.days && array[7, 14] as is_acceleration_estimated,
    standings.score,
    standings.growth_check,
    standings.median_plays,
    standings.engagement,
    standings.last_post_on,
    standings.language,
    coalesce(facts.videos, 0) as videos,
    coalesce(facts.niches, '{}') as niches,
    creators.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled
from unnest(%(user_ids)s::text []) with ordinality as asked (user_id, place)
inner join creators on asked.user_id = creators.user_id
left join standings on creators.user_id = standings.user_id
left join creator_video_facts as facts on creators.user_id = facts.user_id
cross join lateral (
    -- How many days before the creator's own latest those lie that were not counted.
    select coalesce(array_agg(standings.day - stats.recorded_date), '{}') as days
    from creator_stats as stats
    where
        stats.user_id = creators.user_id
        and stats.recorded_date in (standings.day - 1, standings.day - 7, standings.day - 14, standings.day - 30)
        and stats.is_estimated
) as bases
order by asked.place;
