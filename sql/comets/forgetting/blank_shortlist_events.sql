-- Blanks a person in changes of what the team says of others; one row out per change.
-- Parameters: user_id text, needles text[] (patterns of like, lower case), expression text, blank text.
update shortlist_events as events
set
    old_note = regexp_replace(events.old_note collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi'),
    note = regexp_replace(events.note collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi'),
    old_tags = array(
        select regexp_replace(used.tag collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
        from unnest(events.old_tags) with ordinality as used (tag, place)
        order by used.place
    ),
    tags = array(
        select regexp_replace(used.tag collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
        from unnest(events.tags) with ordinality as used (tag, place)
        order by used.place
    )
where
    events.user_id <> %(user_id)s::text
    and lower(
        concat_ws(
            ' ', events.old_note, events.note, array_to_string(events.old_tags, ' '), array_to_string(events.tags, ' ')
        ) collate ucs_basic
    ) like any(%(needles)s::text [])
    and concat_ws(
        ' ', events.old_note, events.note, array_to_string(events.old_tags, ' '), array_to_string(events.tags, ' ')
    ) collate ucs_basic ~* %(expression)s::text
returning events.version;
