-- Removes contacts of other creators that name a person: blanked, they would lead nowhere; one row out per contact removed.
-- Parameters: user_id text, handles text[] (lower case), needles text[] (patterns of like, lower case), expression text.
delete from creator_contacts as contacts
where
    contacts.user_id <> %(user_id)s::text
    and (
        lower(contacts.contact collate ucs_basic) = any(%(handles)s::text [])
        or (
            lower(contacts.contact collate ucs_basic) like any(%(needles)s::text [])
            and contacts.contact collate ucs_basic ~* %(expression)s::text
        )
    )
returning contacts.user_id;
