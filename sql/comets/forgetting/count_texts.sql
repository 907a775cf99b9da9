-- How many rows about others name a person; one row. Parameters: user_id text, handles text[] (lower case), needles text[]
-- (patterns of like, lower case), expression text. Where no needle stands, the expression, which takes far longer, is not looked
-- for.
select
    (
        select count(*)
        from roll_call_batches as batches
        where batches.user_ids @> array[%(user_id)s::text]
    ) as roll_call_batches,
    (
        select count(*)
        from adopted_leftovers as leftovers
        where
            leftovers.row_data ->> 'user_id' = %(user_id)s::text
            or (
                leftovers.row_data ->> 'user_id' is null
                and lower((leftovers.row_data ->> 'handle') collate ucs_basic) = any(%(handles)s::text [])
            )
    ) as adopted_leftovers,
    (
        select count(*)
        from verdicts
        where
            verdicts.user_id <> %(user_id)s::text
            and lower(verdicts.matched_text collate ucs_basic) like any(%(needles)s::text [])
            and verdicts.matched_text collate ucs_basic ~* %(expression)s::text
    ) as verdict_texts,
    (
        select count(*)
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
    ) as creator_texts,
    (
        select count(*)
        from creator_contacts as contacts
        where
            contacts.user_id <> %(user_id)s::text
            and (
                lower(contacts.contact collate ucs_basic) = any(%(handles)s::text [])
                or (
                    lower(contacts.contact collate ucs_basic) like any(%(needles)s::text [])
                    and contacts.contact collate ucs_basic ~* %(expression)s::text
                )
            )
    ) as contact_texts,
    (
        select count(*)
        from roll_call_misses as misses
        where
            misses.user_id <> %(user_id)s::text
            and lower(misses.reason collate ucs_basic) like any(%(needles)s::text [])
            and misses.reason collate ucs_basic ~* %(expression)s::text
    ) as reasons,
    (
        select count(*)
        from overrules
        where
            overrules.user_id <> %(user_id)s::text
            and lower(concat_ws(' ', overrules.reason, overrules.subject_text) collate ucs_basic) like any(%(needles)s::text [])
            and (
                overrules.reason collate ucs_basic ~* %(expression)s::text
                or overrules.subject_text collate ucs_basic ~* %(expression)s::text
            )
    ) as overrule_texts,
    (
        select count(*)
        from shortlist as kept
        where
            kept.user_id <> %(user_id)s::text
            and lower((kept.note || ' ' || array_to_string(kept.tags, ' ')) collate ucs_basic) like any(%(needles)s::text [])
            and (kept.note || ' ' || array_to_string(kept.tags, ' ')) collate ucs_basic ~* %(expression)s::text
    ) as shortlist_texts,
    (
        select count(*)
        from shortlist_events as events
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
    ) as shortlist_event_texts,
    (
        select count(*)
        from saved_search_looks as looks
        where looks.user_ids @> array[%(user_id)s::text]
    ) as search_looks;
