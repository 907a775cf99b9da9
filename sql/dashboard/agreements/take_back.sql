-- Takes back that a person holds a refusal for right; one row, or none where they did not say so.
-- Parameters: day date, keyword text, video_id text, layer text, made_by text.
delete from verdict_agreements as kept
using verdicts
where
    verdicts.day = %(day)s::date
    and verdicts.keyword = %(keyword)s::text
    and verdicts.video_id = %(video_id)s::text
    and kept.user_id = verdicts.user_id
    and kept.video_id = verdicts.video_id
    and kept.layer = %(layer)s::text
    and kept.made_by = %(made_by)s::text
returning kept.user_id;
