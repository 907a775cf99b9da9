-- Blanks a person where somebody else's failed look tells of them; one row out per line changed.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
update roll_call_misses as misses
set reason = regexp_replace(misses.reason collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
where
    misses.user_id <> %(user_id)s::text
    and lower(misses.reason collate ucs_basic) like any(%(needles)s::text [])
    and misses.reason collate ucs_basic ~* %(expression)s::text
returning misses.day;
