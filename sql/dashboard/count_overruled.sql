-- How many a choice of the ranking leaves out because a person overruled them to be refused, and for nothing else; one row.
-- There are few overrules, so each of these creators is looked at. Parameters: exact text or null (NULL: nobody is searched
-- for), prefix text or null (a pattern of LIKE), letters text or null (words that may stand inside others, plain), insides
-- text[] or null (the same as patterns of LIKE), words text or null (words that others begin with), days int (the window: 1,
-- 7 or 30), trends text[] or null, band text or null, status text or null, only_new bool, only_fading bool, on_day date or
-- null, language text or null, followers_from bigint or null, followers_to bigint or null, growth_from numeric or null
-- (percent of the window), growth_to numeric or null, engagement_from numeric or null (a share of 1), engagement_to numeric
-- or null, plays_from bigint or null, plays_to bigint or null, posted_since date or null, posted_until date or null, hashtag
-- text or null (without #, in any capitals), niche text or null, reached_by text[] or null (only who can be reached in one of
-- these ways: kinds of contacts), with_dismissed bool (also whom the team said no to), starred_by text or null, shortlisted
-- text or null (a status of the shortlist, or listed: any), tag text or null.
select count(*) as creators
from (
    select distinct overrules.user_id
    from overrules
    where overrules.expected = 'refuse' and overrules.withdrawn_at is null
) as refused
cross join lateral (
    -- By key, one at a time, which the limit makes sure of: they are few beside all.
    select known.*
    from standings as known
    where known.user_id = refused.user_id
    limit 1
) as standings
left join lateral (
    select found.*
    from creator_words as found
    where %(exact)s::text is not null and found.user_id = refused.user_id
    limit 1
) as names on true
left join lateral (
    select tagged.*
    from creator_video_facts as tagged
    where coalesce(%(hashtag)s::text, %(niche)s::text) is not null and tagged.user_id = refused.user_id
    limit 1
) as facts on true
where
    (
        %(exact)s::text is null
        or coalesce(names.handle = lower(%(exact)s::text collate ucs_basic), false)
        or coalesce(names.handle like lower(%(prefix)s::text collate ucs_basic), false)
        or (
            coalesce(%(letters)s::text, %(words)s::text) is not null
            and (%(letters)s::text is null or coalesce(names.insides like all(%(insides)s::text []), false))
            and (%(words)s::text is null or coalesce(names.words @@ words_sought(%(words)s::text), false))
        )
    )
    and (%(trends)s::text [] is null or standings.source_trend = any(%(trends)s::text []))
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
    and (%(on_day)s::date is null or standings.day = %(on_day)s::date)
    and (%(language)s::text is null or standings.language = %(language)s::text)
    and is_within(standings.follower_count, %(followers_from)s::bigint, %(followers_to)s::bigint)
    and is_within(
        case %(days)s::integer
            when 1 then standings.percent_1
            when 7 then standings.percent_7
            when 30 then standings.percent_30
        end,
        %(growth_from)s::numeric, %(growth_to)s::numeric
    )
    and is_within(standings.engagement, %(engagement_from)s::numeric, %(engagement_to)s::numeric)
    and is_within(standings.median_plays, %(plays_from)s::bigint, %(plays_to)s::bigint)
    and is_within(standings.last_post_on, %(posted_since)s::date, %(posted_until)s::date)
    and (%(hashtag)s::text is null or facts.hashtags @> array[fold_case(%(hashtag)s::text)])
    and (%(niche)s::text is null or facts.niches @> array[fold_case(%(niche)s::text)])
    and (%(reached_by)s::text [] is null or standings.contacts && %(reached_by)s::text [])
    and (
        %(with_dismissed)s::boolean
        or (standings.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no'))::integer <> 0
    )
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
