-- One creator of the roster with its standing (NULLs before the first); one row. Parameters: user_id text.
select
    creators.user_id,
    creators.handle,
    creators.nickname,
    creators.signature,
    creators.status,
    creators.first_seen_on,
    creators.first_seen_keyword,
    creators.last_updated_at,
    creators.misses_in_row,
    creators.last_missed_on,
    creators.next_due_on,
    standings.day,
    standings.follower_count,
    standings.heart_count,
    standings.video_count,
    standings.is_estimated,
    standings.observed_at,
    standings.growth_1,
    standings.growth_7,
    standings.growth_30,
    standings.percent_1,
    standings.percent_7,
    standings.percent_30,
    standings.acceleration,
    standings.source_trend,
    standings.band,
    standings.band = 'above' and exists (
        select from creator_stats as inside
        where inside.user_id = creators.user_id and inside.follower_count <= 100000
    ) as has_graduated,
    creators.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled,
    standings.is_new,
    standings.is_fading,
    standings.score,
    standings.score_growth,
    standings.score_hearts,
    standings.growth_check,
    standings.looks_bought
from creators
left join standings on creators.user_id = standings.user_id
where creators.user_id = %(user_id)s::text;
