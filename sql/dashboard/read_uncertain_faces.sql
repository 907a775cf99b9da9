-- Covers nobody can be sure of (a size near the threshold, or what only may be a face), the newest first; one row per verdict.
-- Parameters: first date, last date (both included), most int.
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    verdicts.handle,
    verdicts.layer,
    verdicts.measured::float8 as measured,
    verdicts.threshold::float8 as threshold,
    verdicts.score::float8 as score,
    verdicts.is_uncertain,
    verdicts.rules_version
from verdicts
where
    verdicts.is_uncertain
    and verdicts.day between %(first)s::date and %(last)s::date
order by verdicts.day desc, verdicts.screened_at desc, verdicts.video_id
limit %(most)s::integer;
