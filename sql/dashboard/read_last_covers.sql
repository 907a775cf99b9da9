-- How much of the cover the largest face filled when it was last measured, in percent; one row per video that was measured.
-- Parameters: video_ids text[].
select distinct on (verdicts.video_id)
    verdicts.video_id,
    verdicts.measured::float8 as measured
from verdicts
where
    verdicts.video_id = any(%(video_ids)s::text [])
    and verdicts.detector is not null
    and verdicts.measured is not null
order by verdicts.video_id, verdicts.day desc, verdicts.keyword;
