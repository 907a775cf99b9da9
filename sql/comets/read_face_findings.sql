-- What Layer 3 found on these videos' covers before, under the same rules; one row per video. Parameters: video_ids text[],
-- rules_version text.
select distinct on (verdicts.video_id)
    verdicts.video_id,
    verdicts.measured::float8 as measured,
    verdicts.is_uncertain,
    verdicts.detector,
    verdicts.score::float8 as score,
    verdicts.cover_field
from verdicts
where
    verdicts.video_id = any(%(video_ids)s::text [])
    and verdicts.rules_version = %(rules_version)s::text
    and verdicts.detector is not null
    and verdicts.measured is not null
order by verdicts.video_id, verdicts.day desc;
