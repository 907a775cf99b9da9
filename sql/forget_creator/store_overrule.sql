-- Writes the texts of an overrule anew, also where its reason stands in verdicts; one row out.
-- Parameters: overrule_id bigint, reason text, subject_text text or null.
with
before as (
    select
        overrules.user_id,
        overrules.reason
    from overrules
    where overrules.overrule_id = %(overrule_id)s::bigint
),

judged as (
    update verdicts
    set matched_text = left(%(reason)s::text, 200)
    from before
    where
        verdicts.user_id = before.user_id
        and verdicts.field = 'overrule'
        and verdicts.matched_text in (before.reason, left(before.reason, 199) || '…')
    returning verdicts.day
)

update overrules
set
    reason = left(%(reason)s::text, 500),
    subject_text = %(subject_text)s::text
where overrule_id = %(overrule_id)s::bigint
returning overrule_id;
