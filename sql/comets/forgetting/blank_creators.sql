-- Blanks a person in what other creators say of themselves; one row out per creator changed.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
with naming as (
    -- Locked in everybody's order, and only once all are found.
    select creators.user_id
    from creators
    where
        creators.user_id <> %(user_id)s::text
        and lower(concat_ws(' ', creators.nickname, creators.signature, creators.avatar_url) collate ucs_basic)
        like any(%(needles)s::text [])
        and (
            creators.nickname collate ucs_basic ~* %(expression)s::text
            or creators.signature collate ucs_basic ~* %(expression)s::text
            or creators.avatar_url collate ucs_basic ~* %(expression)s::text
        )
    order by creators.user_id
    for no key update
)

update creators
set
    nickname = regexp_replace(creators.nickname collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi'),
    signature = regexp_replace(creators.signature collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi'),
    avatar_url = regexp_replace(creators.avatar_url collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
from naming
where creators.user_id = naming.user_id
returning creators.user_id;
