-- Writes rows of viral_content that are new, or not as they were; each is one video and day on which it went viral.
-- Parameters: rows json (an array of them; objects inside are given as text).
insert into viral_content (
    account,
    video_id,
    day,
    days,
    views,
    views_of_day,
    views_of_day_before,
    growth,
    viral_score,
    viral_score_parts,
    is_partial,
    viral_percentile,
    is_made_up
)
select
    given.account,
    given.video_id,
    given.day,
    given.days,
    given.views,
    given.views_of_day,
    given.views_of_day_before,
    given.growth,
    given.viral_score,
    coalesce((given.viral_score_parts #>> '{}')::jsonb, '{}'),
    given.is_partial,
    given.viral_percentile,
    given.is_made_up
from json_populate_recordset(null::viral_content, %(rows)s::json) as given
on conflict (account, video_id, day) do update set
    days = excluded.days,
    views = excluded.views,
    views_of_day = excluded.views_of_day,
    views_of_day_before = excluded.views_of_day_before,
    growth = excluded.growth,
    viral_score = excluded.viral_score,
    viral_score_parts = excluded.viral_score_parts,
    is_partial = excluded.is_partial,
    viral_percentile = excluded.viral_percentile,
    is_made_up = excluded.is_made_up;
