-- Overrules of other people's verdicts whose texts may name a person; one row each.
-- Parameters: user_id text, texts text[] (lower case).
select
    overrules.overrule_id,
    overrules.reason,
    overrules.subject_text
from overrules
where
    overrules.user_id <> %(user_id)s::text
    and exists (
        select from unnest(%(texts)s::text []) as given (text)
        where position(given.text in lower(concat_ws(' ', overrules.reason, overrules.subject_text))) > 0
    )
order by overrules.overrule_id;
