-- Who is of the few that are asked for; in a `where` about `ranked`. Parameters: starred_by text or null (only whom this person
-- starred), shortlisted text or null (a status of the shortlist, or listed: any), tag text or null.
and (
    %(starred_by)s::text is null
    or ranked.user_id in (select stars.user_id from shortlist_stars as stars where stars.reader = %(starred_by)s::text)
)
and (
    %(shortlisted)s::text is null
    or ranked.user_id in (
        select kept.user_id from shortlist as kept
        where kept.status = %(shortlisted)s::text or (%(shortlisted)s::text = 'listed' and kept.status is not null)
    )
)
and (
    %(tag)s::text is null
    or ranked.user_id in (select kept.user_id from shortlist as kept where kept.tags @> array[%(tag)s::text])
)
