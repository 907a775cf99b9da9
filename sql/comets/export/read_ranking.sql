-- The ranking in whole, or what is left of it; one row per creator, in the order of the page. is_growth_…_estimated: one of
-- the two days that growth is counted from is estimated; growth_label: the latest word of anybody. Parameters: ranked_by text
-- (percent_1, percent_7, percent_30, growth_1, growth_7, growth_30, acceleration, score, follower_count, median_plays,
-- engagement, last_post_on, first_seen_on, handle or source_trend), ascending bool (the smallest first), days int (the
-- window: 1, 7 or 30), trends text[] or null, band text or null, status text or null, only_new bool, only_fading bool, on_day
-- date or null (only whose latest row is of this day), bought bool or null (only who looks bought, or only who does not),
-- language text or null, followers_from bigint or null, followers_to bigint or null, growth_from numeric or null (percent of
-- the window), growth_to numeric or null, engagement_from numeric or null (a share of 1), engagement_to numeric or null,
-- plays_from bigint or null, plays_to bigint or null, posted_since date or null, posted_until date or null, hashtag text or
-- null (without #, in any capitals), niche text or null, reached_by text[] or null (only who can be reached in one of these
-- ways: kinds of contacts), with_overruled bool (also who was accepted and whom a person overruled to be refused),
-- with_dismissed bool (also whom the team said no to), starred_by text or null (only whom this person starred), shortlisted
-- text or null (a status of the shortlist, or listed: any), tag text or null, reader text (whose stars is_starred tells).
select
    standings.user_id,
    standings.handle,
    standings.nickname,
    standings.status,
    standings.day,
    standings.follower_count,
    standings.heart_count,
    standings.video_count,
    standings.is_estimated,
    standings.estimated_days,
    standings.observed_at,
    standings.growth_1,
    standings.growth_7,
    standings.growth_30,
    standings.percent_1,
    standings.percent_7,
    standings.percent_30,
    standings.growth_1 is not null and (
        standings.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = standings.user_id
                and base.recorded_date = standings.day - 1
                and base.is_estimated
        )
    ) as is_growth_1_estimated,
    standings.growth_7 is not null and (
        standings.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = standings.user_id
                and base.recorded_date = standings.day - 7
                and base.is_estimated
        )
    ) as is_growth_7_estimated,
    standings.growth_30 is not null and (
        standings.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = standings.user_id
                and base.recorded_date = standings.day - 30
                and base.is_estimated
        )
    ) as is_growth_30_estimated,
    standings.acceleration,
    standings.first_seen_on,
    standings.source_trend,
    standings.band,
    standings.is_new,
    standings.is_fading,
    standings.score,
    standings.score_growth,
    standings.score_acceleration,
    standings.score_consistency,
    standings.score_engagement,
    standings.median_plays,
    standings.engagement,
    standings.last_post_on,
    standings.language,
    nullif(array_to_string(facts.niches, ', '), '') as niches,
    said.emails,
    said.instagram,
    said.youtube,
    said.links,
    said.category,
    standings.growth_check,
    nullif(array_to_string(standings.growth_signs, ', '), '') as growth_signs,
    case when labelled.is_right then 'right' when not labelled.is_right then 'wrong' end as growth_label,
    labelled.made_by as growth_labelled_by,
    labelled.made_at as growth_labelled_at,
    listed.status as shortlist_status,
    nullif(listed.note, '') as shortlist_note,
    nullif(array_to_string(listed.tags, ', '), '') as shortlist_tags,
    listed.changed_by as shortlist_changed_by,
    listed.changed_at as shortlist_changed_at,
    standings.user_id in (
        select stars.user_id from shortlist_stars as stars where stars.reader = %(reader)s::text
    ) as is_starred,
    standings.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled
from standings
left join creator_video_facts as facts on standings.user_id = facts.user_id
left join lateral (
    select
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'email') as emails,
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'instagram') as instagram,
        string_agg(contacts.contact, ' ' order by contacts.contact) filter (where contacts.kind = 'youtube') as youtube,
        string_agg(contacts.contact, ' ' order by contacts.contact) filter (where contacts.kind = 'link') as links,
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'category') as category
    from creator_contacts as contacts
    where contacts.user_id = standings.user_id
) as said on true
left join shortlist as listed on standings.user_id = listed.user_id
left join (
    select distinct on (labels.user_id) labels.*
    from growth_labels as labels
    order by labels.user_id, labels.made_at desc, labels.made_by
) as labelled on standings.user_id = labelled.user_id
where
    (%(trends)s::text [] is null or standings.source_trend = any(%(trends)s::text []))
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
    and (%(on_day)s::date is null or standings.day = %(on_day)s::date)
    and (%(bought)s::boolean is null or standings.looks_bought = %(bought)s::boolean)
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
    and (%(with_dismissed)s::boolean or listed.status is distinct from 'no')
    and (
        %(starred_by)s::text is null
        or standings.user_id in (select stars.user_id from shortlist_stars as stars where stars.reader = %(starred_by)s::text)
    )
    and (
        %(shortlisted)s::text is null
        or listed.status = %(shortlisted)s::text
        or (%(shortlisted)s::text = 'listed' and listed.status is not null)
    )
    and (%(tag)s::text is null or listed.tags @> array[%(tag)s::text])
order by
    case when not %(ascending)s::boolean then case %(ranked_by)s::text
        when 'percent_1' then standings.percent_1
        when 'percent_7' then standings.percent_7
        when 'percent_30' then standings.percent_30
        when 'acceleration' then standings.acceleration
        when 'score' then standings.score
        when 'engagement' then standings.engagement
    end end desc nulls last,
    case when not %(ascending)s::boolean then case %(ranked_by)s::text
        when 'growth_1' then standings.growth_1
        when 'growth_7' then standings.growth_7
        when 'growth_30' then standings.growth_30
        when 'follower_count' then standings.follower_count
        when 'median_plays' then standings.median_plays
    end end desc nulls last,
    case when not %(ascending)s::boolean then case %(ranked_by)s::text
        when 'last_post_on' then standings.last_post_on
        when 'first_seen_on' then standings.first_seen_on
    end end desc nulls last,
    case when not %(ascending)s::boolean then case %(ranked_by)s::text
        when 'handle' then standings.handle
        when 'source_trend' then standings.source_trend
    end end desc nulls last,
    case when %(ascending)s::boolean then case %(ranked_by)s::text
        when 'percent_1' then standings.percent_1
        when 'percent_7' then standings.percent_7
        when 'percent_30' then standings.percent_30
        when 'acceleration' then standings.acceleration
        when 'score' then standings.score
        when 'engagement' then standings.engagement
    end end asc nulls last,
    case when %(ascending)s::boolean then case %(ranked_by)s::text
        when 'growth_1' then standings.growth_1
        when 'growth_7' then standings.growth_7
        when 'growth_30' then standings.growth_30
        when 'follower_count' then standings.follower_count
        when 'median_plays' then standings.median_plays
    end end asc nulls last,
    case when %(ascending)s::boolean then case %(ranked_by)s::text
        when 'last_post_on' then standings.last_post_on
        when 'first_seen_on' then standings.first_seen_on
    end end asc nulls last,
    case when %(ascending)s::boolean then case %(ranked_by)s::text
        when 'handle' then standings.handle
        when 'source_trend' then standings.source_trend
    end end asc nulls last,
    case when not %(ascending)s::boolean then standings.user_id end asc,
    case when %(ascending)s::boolean then standings.user_id end desc;
