-- How many of those whom a choice of the ranking would show look bought; one row. Parameters: days int (the window: 1, 7 or
-- 30), trends text[] or null, band text or null, status text or null, only_new bool, only_fading bool, on_day date or null,
-- language text or null, followers_from bigint or null, followers_to bigint or null, growth_from numeric or null (percent of
-- the window), growth_to numeric or null, engagement_from numeric or null (a share of 1), engagement_to numeric or null,
-- plays_from bigint or null, plays_to bigint or null, posted_since date or null, posted_until date or null, hashtag text or
-- null (without #, in any capitals), niche text or null, reached_by text[] or null (only who can be reached in one of these
-- ways: kinds of contacts), with_overruled bool (also who was accepted and whom a person overruled to be refused),
-- with_dismissed bool (also whom the team said no to).
select count(*) as creators
from standings
left join lateral (
    -- By key, one at a time, which the limit makes sure of: they are few beside all.
    select tagged.*
    from creator_video_facts as tagged
    where coalesce(%(hashtag)s::text, %(niche)s::text) is not null and tagged.user_id = standings.user_id
    limit 1
) as facts on true
where
    standings.looks_bought
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
    -- As numbers the next two are dearer to the planner than what is above, so they are asked of those alone who fit it.
    and (
        %(with_overruled)s::boolean
        or (
            standings.user_id not in (
                select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
            )
        )::integer <> 0
    )
    and (
        %(with_dismissed)s::boolean
        or (standings.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no'))::integer <> 0
    );
