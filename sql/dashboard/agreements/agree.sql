-- Keeps that a person holds a refusal for right, in place of what they said of it before; one row, or none: the verdict is
-- another one by now, a person made it, or the creator is let pass at this layer.
-- Parameters: day date, keyword text, video_id text, layer text, field text, made_by text, reason text.
insert into verdict_agreements as kept (user_id, video_id, layer, made_by, day, rules_version, chosen_reason)
select
    verdicts.user_id,
    verdicts.video_id,
    verdicts.layer,
    %(made_by)s::text,
    verdicts.day,
    verdicts.rules_version,
    %(reason)s::text
from verdicts
where
    verdicts.day = %(day)s::date
    and verdicts.keyword = %(keyword)s::text
    and verdicts.video_id = %(video_id)s::text
    and verdicts.layer = %(layer)s::text
    and verdicts.field is not distinct from %(field)s::text
    and verdicts.field <> 'overrule'
    and not exists (
        select from overrules
        where
            overrules.user_id = verdicts.user_id
            and overrules.layer = verdicts.layer
            and overrules.expected = 'pass'
            and overrules.withdrawn_at is null
    )
on conflict (user_id, video_id, layer, made_by) do update
    set
        day = excluded.day,
        rules_version = excluded.rules_version,
        chosen_reason = excluded.chosen_reason,
        made_at = excluded.made_at
returning kept.user_id;
