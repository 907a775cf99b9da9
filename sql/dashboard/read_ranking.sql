-- One page of the ranking; one row per creator. What is not known (a growth without a row that long ago) comes last. Parameters:
-- ranked_by text (percent_1, percent_7, percent_30, growth_1, growth_7, growth_30, acceleration or score), days int (the window:
-- 1, 7 or 30), trends text[] or null, band text or null, status text or null, only_new bool, only_fading bool, on_day date or
-- null (only whose latest row is of this day), bought bool or null (only who looks bought, or only who does not), with_overruled
-- bool (also who was accepted and whom a person overruled to be refused), with_dismissed bool (also whom the team said no to),
-- most int, skipped int.
with
page as (
    -- The constants in these cases are known when the plan is made: what is left of them is one column, and its index.
    select ranked.user_id
    from standings as ranked
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
