-- Blanks a person in the names of others in the ranking; one row out per standing changed.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
update standings
set nickname = regexp_replace(standings.nickname collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
where
    standings.user_id <> %(user_id)s::text
    and lower(standings.nickname collate ucs_basic) like any(%(needles)s::text [])
    and standings.nickname collate ucs_basic ~* %(expression)s::text
returning standings.user_id;
