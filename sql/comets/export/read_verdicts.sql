-- The verdicts of some days; one row per keyword and video of a day. Parameters: first_day date, day_after date (not included).
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    verdicts.handle,
    verdicts.layer,
    verdicts.field,
    verdicts.matched_text,
    verdicts.measured,
    verdicts.threshold,
    verdicts.is_uncertain,
    verdicts.detector,
    verdicts.score,
    verdicts.rules_version,
    verdicts.screened_at,
    verdicts.followers_from,
    verdicts.face_percent
from verdicts
where verdicts.day >= %(first_day)s::date and verdicts.day < %(day_after)s::date
order by verdicts.day, verdicts.keyword, verdicts.video_id;
