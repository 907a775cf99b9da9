-- Blanks a person in overrules of others, also where a verdict repeats the beginning of the reason; one row out per overrule.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
with
naming as (
    select
        overrules.overrule_id,
        overrules.user_id,
        left(overrules.reason, 199) || '…' as cut,
        regexp_replace(overrules.reason collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi') as reason,
        regexp_replace(overrules.subject_text collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi') as subject_text
    from overrules
    where
        overrules.user_id <> %(user_id)s::text
        and lower(concat_ws(' ', overrules.reason, overrules.subject_text) collate ucs_basic) like any(%(needles)s::text [])
        and (
            overrules.reason collate ucs_basic ~* %(expression)s::text
            or overrules.subject_text collate ucs_basic ~* %(expression)s::text
        )
),

-- The cut may have gone through a name, which nobody finds there any more.
judged as (
    update verdicts
    set matched_text = case when length(naming.reason) > 200 then left(naming.reason, 199) || '…' else naming.reason end
    from naming
    where
        verdicts.user_id = naming.user_id
        and verdicts.field = 'overrule'
        and verdicts.matched_text in (
            naming.cut, regexp_replace(naming.cut collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
        )
    returning verdicts.day
)

update overrules
set
    reason = left(naming.reason, 500),
    subject_text = naming.subject_text
from naming
where overrules.overrule_id = naming.overrule_id
returning overrules.overrule_id;
