-- Those who are searched for, or are of the few that are asked for: `found`. At most 1,000 by handle and 5,000 by words are
-- looked at, the exact handle in any case. Parameters: exact text or null (NULL: nobody is searched for), prefix text or null
-- (a pattern of LIKE), letters text or null (words that may stand inside others, plain), insides text[] or null (the same as
-- patterns of LIKE), words text or null (words that others begin with), starred_by text or null (only whom this person
-- starred), shortlisted text or null (a status of the shortlist, or listed: any), tag text or null.
sought as (
    select by_exact_handle.user_id
    from creator_words as by_exact_handle
    where by_exact_handle.handle = lower(%(exact)s::text collate ucs_basic)
    union distinct
    (
        select by_handle.user_id
        from creator_words as by_handle
        where by_handle.handle like lower(%(prefix)s::text collate ucs_basic)
        limit 1000
    )
    union distinct
    select by_words.user_id
    from creators_named(%(letters)s::text, %(insides)s::text [], %(words)s::text, 5000) as by_words (user_id)
),

-- Those of the shortlist and the stars that are asked for, begun at these two, which are small; nobody where none are.
chosen as (
    select marked.user_id
    from (
        select kept.user_id from shortlist as kept
        union distinct
        select stars.user_id from shortlist_stars as stars where stars.reader = %(starred_by)s::text
    ) as marked
    left join shortlist as kept on marked.user_id = kept.user_id
    where
        coalesce(%(starred_by)s::text, %(shortlisted)s::text, %(tag)s::text) is not null
        and (
            %(starred_by)s::text is null
            or marked.user_id in (select stars.user_id from shortlist_stars as stars where stars.reader = %(starred_by)s::text)
        )
        and (
            %(shortlisted)s::text is null
            or kept.status = %(shortlisted)s::text
            or (%(shortlisted)s::text = 'listed' and kept.status is not null)
        )
        and (%(tag)s::text is null or kept.tags @> array[%(tag)s::text])
),

found as (
    select sought.user_id
    from sought
    where
        coalesce(%(starred_by)s::text, %(shortlisted)s::text, %(tag)s::text) is null
        or sought.user_id in (select chosen.user_id from chosen)
    union all
    select chosen.user_id
    from chosen
    where %(exact)s::text is null
),
