-- What people said the text layers and the face layer should have decided; one row per overrule in force, the latest first.
-- subject_text is the whole text judged (of a cover: its address), what matched alone where the rest was not stored any more,
-- NULL where that was not kept either;
-- face_percent and face_score what was measured on the cover when the verdict was overruled, NULL where none was looked at.
select
    overrules.layer,
    overrules.field,
    overrules.subject_text,
    overrules.face_percent,
    overrules.face_score,
    overrules.expected,
    overrules.user_id,
    overrules.video_id
from overrules
where
    overrules.withdrawn_at is null
    and overrules.layer in ('platform', 'pronoun', 'face')
order by overrules.made_at desc, overrules.overrule_id desc;
