-- Covers nobody can be sure of (a size near the threshold, or what only may be a face), the newest first; one row per video, its
-- latest such verdict, under whatever keyword. Parameters: first date, last date (both included), most int.
with
covers as (
    select distinct on (verdicts.video_id)
        verdicts.day,
        verdicts.keyword,
        verdicts.video_id,
        verdicts.user_id,
        verdicts.handle,
        verdicts.layer,
        verdicts.measured,
        verdicts.threshold,
        verdicts.score,
        verdicts.detector,
        verdicts.is_uncertain,
        verdicts.rules_version,
        verdicts.screened_at
    from verdicts
    where
        verdicts.is_uncertain
        and verdicts.day between %(first)s::date and %(last)s::date
    order by verdicts.video_id, verdicts.day desc, verdicts.precedence desc, verdicts.screened_at desc, verdicts.keyword
)

select
    covers.day,
    covers.keyword,
    covers.video_id,
    covers.user_id,
    covers.handle,
    covers.layer,
    covers.measured,
    covers.threshold,
    covers.score,
    covers.detector,
    covers.is_uncertain,
    covers.rules_version
from covers
order by covers.day desc, covers.screened_at desc, covers.video_id
limit %(most)s::integer;
