-- A creator's first verdicts, the very first on top; one row per screened video. Parameters: user_id text, most int.
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.handle,
    verdicts.layer,
    verdicts.field,
    verdicts.matched_text,
    verdicts.measured,
    verdicts.threshold,
    verdicts.is_uncertain,
    verdicts.detector,
    verdicts.score,
    verdicts.cover_field,
    verdicts.followers_from,
    verdicts.rules_version,
    verdicts.screened_at
from verdicts
where verdicts.user_id = %(user_id)s::text
order by verdicts.day, verdicts.screened_at, verdicts.keyword, verdicts.video_id
limit %(most)s::integer;
