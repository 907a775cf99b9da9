-- The verdicts under a keyword of a day, with the settings of the run that made each; one row per video.
-- Parameters: day date, keyword text.
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    verdicts.handle,
    verdicts.layer,
    verdicts.field,
    verdicts.matched_text,
    verdicts.measured::float8 as measured,
    verdicts.score::float8 as score,
    verdicts.face_percent::float8 as face_percent,
    verdicts.rules_version,
    verdicts.run_id,
    runs.settings
from verdicts
left join runs on verdicts.run_id = runs.run_id and runs.pipeline = 'comets'
where
    verdicts.day = %(day)s::date
    and verdicts.keyword = %(keyword)s::text
order by verdicts.video_id;
