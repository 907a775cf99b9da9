-- Overrules a verdict as it stands: a refusal of this very layer and field with pass, an accepted video with refuse. One row,
-- or none: the verdict is another one by now, or the creator is overruled at this layer already.
-- Parameters: day date, keyword text, video_id text, layer text, field text or null, subject_text text or null, expected text,
-- reason text, made_by text.
insert into overrules (
    day, keyword, video_id, user_id, layer, field, subject_text, face_percent, face_score, expected, reason, made_by
)
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    %(layer)s::text,
    %(field)s::text,
    %(subject_text)s::text,
    case
        when verdicts.layer = 'consistency' then verdicts.face_percent
        when verdicts.detector is not null then verdicts.measured
    end,
    case when verdicts.detector is not null then verdicts.score end,
    %(expected)s::text,
    %(reason)s::text,
    %(made_by)s::text
from verdicts
where
    verdicts.day = %(day)s::date
    and verdicts.keyword = %(keyword)s::text
    and verdicts.video_id = %(video_id)s::text
    and case %(expected)s::text
        when 'pass' then verdicts.layer = %(layer)s::text and verdicts.field is not distinct from %(field)s::text
        else verdicts.layer = 'accepted'
    end
    -- Passed at one criterion and refused by them all would contradict each other, though their keys differ.
    and not exists (
        select from overrules as other
        where
            other.user_id = verdicts.user_id
            and other.layer = %(layer)s::text
            and other.expected <> %(expected)s::text
            and other.withdrawn_at is null
    )
on conflict do nothing
returning overrule_id;
