-- Blanks a person in what somebody else's verdicts say; one row out per verdict changed.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
update verdicts
set matched_text = regexp_replace(verdicts.matched_text collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
where
    verdicts.user_id <> %(user_id)s::text
    and lower(verdicts.matched_text collate ucs_basic) like any(%(needles)s::text [])
    and verdicts.matched_text collate ucs_basic ~* %(expression)s::text
returning verdicts.day;
