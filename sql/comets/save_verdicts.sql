-- Keeps verdicts of a day; one row out per verdict that is new or different. Parameters: day date, keyword text, run_id text,
-- rules_version text, and arrays of the same length: video_ids, user_ids, handles, layers, fields, matched_texts, measured,
-- thresholds, uncertain, detectors, scores, cover_fields, followers_from, face_percents.
insert into verdicts as kept (
    day, keyword, run_id, rules_version, video_id, user_id, handle, layer, field, matched_text,
    measured, threshold, is_uncertain, detector, score, cover_field, followers_from, face_percent
)
select distinct on (given.video_id)
    %(day)s::date,
    %(keyword)s::text,
    %(run_id)s::text,
    %(rules_version)s::text,
    given.*
from unnest(
    %(video_ids)s::text [],
    %(user_ids)s::text [],
    %(handles)s::text [],
    %(layers)s::text [],
    %(fields)s::text [],
    %(matched_texts)s::text [],
    %(measured)s::numeric [],
    %(thresholds)s::numeric [],
    %(uncertain)s::boolean [],
    %(detectors)s::text [],
    %(scores)s::numeric [],
    %(cover_fields)s::text [],
    %(followers_from)s::text [],
    %(face_percents)s::numeric []
) as given (
    video_id, user_id, handle, layer, field, matched_text,
    measured, threshold, is_uncertain, detector, score, cover_field, followers_from, face_percent
)
order by given.video_id
on conflict (day, keyword, video_id) do update
    set
        run_id = excluded.run_id,
        rules_version = excluded.rules_version,
        handle = excluded.handle,
        layer = excluded.layer,
        field = excluded.field,
        matched_text = excluded.matched_text,
        measured = excluded.measured,
        threshold = excluded.threshold,
        is_uncertain = excluded.is_uncertain,
        detector = excluded.detector,
        score = excluded.score,
        cover_field = excluded.cover_field,
        followers_from = excluded.followers_from,
        face_percent = excluded.face_percent,
        screened_at = now()
    where
        (
            kept.rules_version, kept.layer, kept.field, kept.matched_text, kept.measured,
            kept.threshold, kept.detector, kept.score, kept.cover_field, kept.followers_from, kept.face_percent
        ) is distinct from (
            excluded.rules_version, excluded.layer, excluded.field, excluded.matched_text, excluded.measured,
            excluded.threshold, excluded.detector, excluded.score, excluded.cover_field, excluded.followers_from,
            excluded.face_percent
        )
returning kept.video_id;
