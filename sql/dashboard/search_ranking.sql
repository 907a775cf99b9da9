-- One page of the ranking of those whose handle begins with a text, or whose handle and name have words that begin with its
-- words, and of those on the shortlist or with somebody's star; one row per creator. At most 1,000 by handle and 1,000 by words
-- are looked at, the exact handle in any case. Parameters: exact text or null (NULL: nobody is searched for), prefix text or
-- null (a pattern of LIKE), words text or null, ranked_by text (percent_1, percent_7, percent_30, growth_1, growth_7,
-- growth_30, acceleration or score), days int (the window: 1, 7 or 30), trends text[] or null, band text or null, status text
-- or null, only_new bool, only_fading bool, on_day date or null (only whose latest row is of this day), bought bool or null
-- (only who looks bought, or only who does not), with_overruled bool (also who was accepted and whom a person overruled to be
-- refused), with_dismissed bool (also whom the team said no to), starred_by text or null (only whom this person starred),
-- shortlisted text or null (a status of the shortlist, or listed: any), tag text or null, most int, skipped int.
with
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
    (
        select by_words.user_id
        from creator_words as by_words
        where by_words.words @@ words_sought(%(words)s::text)
        limit 1000
    )
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

page as (
    select ranked.user_id
    from found
    inner join standings as ranked on found.user_id = ranked.user_id
    where
        (%(trends)s::text [] is null or ranked.source_trend = any(%(trends)s::text []))
        and (%(band)s::text is null or ranked.band = %(band)s::text)
        and (%(status)s::text is null or ranked.status = %(status)s::text)
        and (not %(only_new)s::boolean or ranked.is_new)
        and (not %(only_fading)s::boolean or ranked.is_fading)
        and (%(on_day)s::date is null or ranked.day = %(on_day)s::date)
        and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
        and (
            %(with_overruled)s::boolean
            or ranked.user_id not in (
                select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
            )
        )
        and (
            %(with_dismissed)s::boolean
            or ranked.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no')
        )
    order by
        case %(ranked_by)s::text
            when 'percent_1' then ranked.percent_1
            when 'percent_7' then ranked.percent_7
            when 'percent_30' then ranked.percent_30
            when 'acceleration' then ranked.acceleration
            when 'score' then ranked.score
        end desc nulls last,
        case %(ranked_by)s::text
            when 'growth_1' then ranked.growth_1
            when 'growth_7' then ranked.growth_7
            when 'growth_30' then ranked.growth_30
        end desc nulls last,
        ranked.user_id
    limit %(most)s::integer
    offset %(skipped)s::integer
)

select
    shown.user_id,
    shown.day,
    shown.handle,
    shown.nickname,
    shown.status,
    shown.follower_count,
    shown.is_estimated,
    shown.estimated_days,
    case %(days)s::integer when 1 then shown.growth_1 when 7 then shown.growth_7 when 30 then shown.growth_30 end as growth,
    case %(days)s::integer when 1 then shown.percent_1 when 7 then shown.percent_7 when 30 then shown.percent_30 end as percent,
    -- What growth is counted from: the row so many days before the creator's own latest.
    shown.day - %(days)s::integer as compared_with,
    exists(
        select from creator_stats as base
        where
            base.user_id = shown.user_id
            and base.recorded_date = shown.day - %(days)s::integer
            and base.is_estimated
    ) as is_base_estimated,
    shown.acceleration,
    shown.is_estimated or exists (
        select from creator_stats as base
        where
            base.user_id = shown.user_id
            and base.recorded_date in (shown.day - 7, shown.day - 14)
            and base.is_estimated
    ) as is_acceleration_estimated,
    shown.first_seen_on,
    shown.source_trend,
    shown.band,
    shown.band = 'above' and exists (
        select from creator_stats as inside
        where inside.user_id = shown.user_id and inside.follower_count <= 100000
    ) as has_graduated,
    shown.is_new,
    shown.is_fading,
    shown.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled,
    shown.score,
    shown.score_growth,
    shown.score_acceleration,
    shown.score_consistency,
    shown.score_engagement,
    shown.growth_check,
    shown.growth_signs,
    shown.looks_bought
from page
inner join standings as shown on page.user_id = shown.user_id
order by
    case %(ranked_by)s::text
        when 'percent_1' then shown.percent_1
        when 'percent_7' then shown.percent_7
        when 'percent_30' then shown.percent_30
        when 'acceleration' then shown.acceleration
        when 'score' then shown.score
    end desc nulls last,
    case %(ranked_by)s::text
        when 'growth_1' then shown.growth_1
        when 'growth_7' then shown.growth_7
        when 'growth_30' then shown.growth_30
    end desc nulls last,
    shown.user_id;
