-- The ranking in whole, or what is left of it; one row per creator, in the order of the page. Parameters: ranked_by text
-- (percent_1, percent_7, percent_30, growth_1, growth_7, growth_30, acceleration or score), trend text or null, band text or
-- null, status text or null, only_new bool, only_fading bool, on_day date or null (only whose latest row is of this day), bought
-- bool or null (only who looks bought, or only who does not), with_overruled bool (also whom a person overruled to be refused),
-- with_dismissed bool (also whom the team said no to), starred_by text or null (only whom this person starred), shortlisted text
-- or null (a status of the shortlist, or listed: any), tag text or null, reader text (whose stars is_starred tells).
-- is_growth_…_estimated: one of the two days that growth is counted from is estimated. growth_label: the latest word of anybody.
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
left join shortlist as listed on standings.user_id = listed.user_id
left join (
    select distinct on (labels.user_id) labels.*
    from growth_labels as labels
    order by labels.user_id, labels.made_at desc, labels.made_by
) as labelled on standings.user_id = labelled.user_id
where
    (%(trend)s::text is null or standings.source_trend = %(trend)s::text)
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
    and (%(on_day)s::date is null or standings.day = %(on_day)s::date)
    and (%(bought)s::boolean is null or standings.looks_bought = %(bought)s::boolean)
    and (
        %(with_overruled)s::boolean
        or standings.user_id not in (
            select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
        )
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
    -- The constants in these cases are known when the plan is made: what is left of them is one column, and its index.
    case %(ranked_by)s::text
        when 'percent_1' then standings.percent_1
        when 'percent_7' then standings.percent_7
        when 'percent_30' then standings.percent_30
        when 'acceleration' then standings.acceleration
        when 'score' then standings.score
    end desc nulls last,
    case %(ranked_by)s::text
        when 'growth_1' then standings.growth_1
        when 'growth_7' then standings.growth_7
        when 'growth_30' then standings.growth_30
    end desc nulls last,
    standings.user_id;
