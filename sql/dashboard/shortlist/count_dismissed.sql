-- How many a choice of the ranking leaves out because the team said no to them on the shortlist; one row. They are few, so each
-- of them is looked at. Parameters: exact text or null (NULL: nobody is searched for), prefix text or null (a pattern of LIKE),
-- words text or null, trends text[] or null, band text or null, status text or null, only_new bool, only_fading bool, on_day
-- date or null, starred_by text or null, shortlisted text or null (a status of the shortlist, or listed: any), tag text or
-- null.
select count(*) as creators
from standings
left join creator_words as names on standings.user_id = names.user_id
where
    standings.user_id in (select kept.user_id from shortlist as kept where kept.status = 'no')
    and (
        %(exact)s::text is null
        or coalesce(names.handle = lower(%(exact)s::text collate ucs_basic), false)
        or coalesce(names.handle like lower(%(prefix)s::text collate ucs_basic), false)
        or coalesce(names.words @@ words_sought(%(words)s::text), false)
    )
    and (%(trends)s::text [] is null or standings.source_trend = any(%(trends)s::text []))
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
    and (%(on_day)s::date is null or standings.day = %(on_day)s::date)
    and (
        %(starred_by)s::text is null
        or standings.user_id in (select stars.user_id from shortlist_stars as stars where stars.reader = %(starred_by)s::text)
    )
    and (
        %(shortlisted)s::text is null
        or standings.user_id in (
            select kept.user_id from shortlist as kept
            where kept.status = %(shortlisted)s::text or (%(shortlisted)s::text = 'listed' and kept.status is not null)
        )
    )
    and (
        %(tag)s::text is null
        or standings.user_id in (select kept.user_id from shortlist as kept where kept.tags @> array[%(tag)s::text])
    );
