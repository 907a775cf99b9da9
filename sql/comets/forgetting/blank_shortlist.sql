-- Blanks a person in what the team says of others; one row out per creator changed. The version goes on, so that nobody who has
-- the old text open stores it once more. Parameters: user_id text, needles text[] (patterns of like, lower case), expression
-- text, blank text.
update shortlist as kept
set
    note = left(regexp_replace(kept.note collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi'), 2000),
    tags = array(
        select regexp_replace(used.tag collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
        from unnest(kept.tags) with ordinality as used (tag, place)
        order by used.place
    ),
    version = kept.version + 1
where
    kept.user_id <> %(user_id)s::text
    and lower((kept.note || ' ' || array_to_string(kept.tags, ' ')) collate ucs_basic) like any(%(needles)s::text [])
    and (kept.note || ' ' || array_to_string(kept.tags, ' ')) collate ucs_basic ~* %(expression)s::text
returning kept.version;
