-- What Layer 3 found on these videos' covers before: under the same rules, the day's own findings first; a cover that could
-- not be judged counts on the same day only, and a replay takes what its day found under whatever rules. One row per video;
-- measured NULL: undetermined. Parameters: video_ids text[], rules_version text, day date, is_replay bool.
select distinct on (verdicts.video_id)
    verdicts.video_id,
    verdicts.matched_text,
    (case when verdicts.layer = 'consistency' then verdicts.face_percent else verdicts.measured end)::float8 as measured,
    verdicts.detector,
    verdicts.score::float8 as score,
    verdicts.cover_field
from verdicts
where
    verdicts.video_id = any(%(video_ids)s::text [])
    and (
        verdicts.rules_version = %(rules_version)s::text
        or (%(is_replay)s::boolean and verdicts.day = %(day)s::date)
    )
    and (
        (verdicts.detector is not null and verdicts.measured is not null)
        or (verdicts.day = %(day)s::date and verdicts.layer = 'undetermined' and verdicts.field = 'cover')
    )
order by
    verdicts.video_id, verdicts.day = %(day)s::date desc, verdicts.measured is null, verdicts.day desc, verdicts.keyword;
