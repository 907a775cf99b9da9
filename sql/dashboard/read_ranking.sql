-- One page of the ranking; one row per creator. What is not known (a growth without a row that long ago) comes last, from
-- whichever end it goes. Parameters: ranked_by text (percent_1, percent_7, percent_30, growth_1, growth_7, growth_30,
-- acceleration, score, follower_count, median_plays, engagement, last_post_on, first_seen_on, handle or source_trend),
-- ascending bool (the smallest first), days int (the window: 1, 7 or 30), trends text[] or null, band text or null, status
-- text or null, only_new bool, only_fading bool, on_day date or null (only whose latest row is of this day), bought bool or
-- null (only who looks bought, or only who does not), language text or null, followers_from bigint or null, followers_to
-- bigint or null, growth_from numeric or null (percent of the window), growth_to numeric or null, engagement_from numeric or
-- null (a share of 1), engagement_to numeric or null, plays_from bigint or null, plays_to bigint or null, posted_since date
-- or null, posted_until date or null, hashtag text or null (without #, in any capitals), niche text or null, reached_by
-- text[] or null (only who can be reached in one of these ways: kinds of contacts), with_overruled bool (also who was
-- accepted and whom a person overruled to be refused), with_dismissed bool (also whom the team said no to), most int, skipped
-- int.
with
fitting as not materialized (
    -- The constants in these cases are known when the plan is made: what is left of them is one column, and its index.
    select
        ranked.user_id,
        case %(ranked_by)s::text
            when 'percent_1' then ranked.percent_1
            when 'percent_7' then ranked.percent_7
            when 'percent_30' then ranked.percent_30
            when 'acceleration' then ranked.acceleration
            when 'score' then ranked.score
            when 'engagement' then ranked.engagement
        end as by_number,
        case %(ranked_by)s::text
            when 'growth_1' then ranked.growth_1
            when 'growth_7' then ranked.growth_7
            when 'growth_30' then ranked.growth_30
            when 'follower_count' then ranked.follower_count
            when 'median_plays' then ranked.median_plays
        end as by_count,
        case %(ranked_by)s::text
            when 'last_post_on' then ranked.last_post_on
            when 'first_seen_on' then ranked.first_seen_on
        end as by_day,
        case %(ranked_by)s::text
            when 'handle' then ranked.handle
            when 'source_trend' then ranked.source_trend
        end as by_text
    from standings as ranked
    -- Where no hashtag is asked for, nothing of it is read.
    left join creator_video_facts as facts on ranked.user_id = facts.user_id
    where
        (%(trends)s::text [] is null or ranked.source_trend = any(%(trends)s::text []))
        and (%(band)s::text is null or ranked.band = %(band)s::text)
        and (%(status)s::text is null or ranked.status = %(status)s::text)
        and (not %(only_new)s::boolean or ranked.is_new)
        and (not %(only_fading)s::boolean or ranked.is_fading)
        and (%(on_day)s::date is null or ranked.day = %(on_day)s::date)
        and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
        and (%(language)s::text is null or ranked.language = %(language)s::text)
        and is_within(ranked.follower_count, %(followers_from)s::bigint, %(followers_to)s::bigint)
        and is_within(
            case %(days)s::integer
                when 1 then ranked.percent_1
                when 7 then ranked.percent_7
                when 30 then ranked.percent_30
            end,
            %(growth_from)s::numeric, %(growth_to)s::numeric
        )
        and is_within(ranked.engagement, %(engagement_from)s::numeric, %(engagement_to)s::numeric)
        and is_within(ranked.median_plays, %(plays_from)s::bigint, %(plays_to)s::bigint)
        and is_within(ranked.last_post_on, %(posted_since)s::date, %(posted_until)s::date)
        and (%(hashtag)s::text is null or facts.hashtags @> array[fold_case(%(hashtag)s::text)])
        and (%(niche)s::text is null or facts.niches @> array[fold_case(%(niche)s::text)])
        and (%(reached_by)s::text [] is null or ranked.contacts && %(reached_by)s::text [])
        -- Of a hashtag that nobody has the planner expects some, and would walk through everybody for them.
        and (coalesce(%(hashtag)s::text, %(niche)s::text) is null or (select is_under(%(hashtag)s::text, %(niche)s::text)))
        -- As numbers the next two are dearer to the planner than what is above, so they are asked of those alone who fit it.
        and (
            %(with_overruled)s::boolean
            or (
                ranked.user_id not in (
                    select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
                )
            )::integer <> 0
        )
        and (
            %(with_dismissed)s::boolean
            or (ranked.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no'))::integer <> 0
        )
),

-- Those of whom the column is known, from the end that is asked for: an index is walked forwards or backwards.
known as (
    select fitting.*
    from fitting
    where
        fitting.by_number is not null
        or fitting.by_count is not null
        or fitting.by_day is not null
        or fitting.by_text is not null
    order by
        case when not %(ascending)s::boolean then fitting.by_number end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_number end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_count end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_count end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_day end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_day end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_text end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_text end asc nulls first,
        case when not %(ascending)s::boolean then fitting.user_id end asc,
        case when %(ascending)s::boolean then fitting.user_id end desc
    limit %(most)s::integer
    offset %(skipped)s::integer
),

-- After the last of them all others: how many known ones lie before a page without any has to be counted then.
unknown as (
    select fitting.*
    from fitting
    where
        fitting.by_number is null
        and fitting.by_count is null
        and fitting.by_day is null
        and fitting.by_text is null
    order by
        case when not %(ascending)s::boolean then fitting.by_number end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_number end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_count end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_count end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_day end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_day end asc nulls first,
        case when not %(ascending)s::boolean then fitting.by_text end desc nulls last,
        case when %(ascending)s::boolean then fitting.by_text end asc nulls first,
        case when not %(ascending)s::boolean then fitting.user_id end asc,
        case when %(ascending)s::boolean then fitting.user_id end desc
    limit %(most)s::integer - (select count(*) from known)
    offset
        case
            when %(skipped)s::integer = 0 or (select count(*) from known) > 0 then 0
            else greatest(
                0,
                %(skipped)s::integer - (
                    select count(*)
                    from fitting
                    where
                        fitting.by_number is not null
                        or fitting.by_count is not null
                        or fitting.by_day is not null
                        or fitting.by_text is not null
                )
            )
        end
),

page as (
    select known.* from known
    union all
    select unknown.* from unknown
    -- There are no more of them: this tells the planner so.
    limit %(most)s::integer
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
    shown.looks_bought,
    shown.median_plays,
    shown.engagement,
    shown.last_post_on,
    shown.language,
    shown.contacts
from page
inner join standings as shown on page.user_id = shown.user_id
order by
    case when not %(ascending)s::boolean then page.by_number end desc nulls last,
    case when %(ascending)s::boolean then page.by_number end asc nulls last,
    case when not %(ascending)s::boolean then page.by_count end desc nulls last,
    case when %(ascending)s::boolean then page.by_count end asc nulls last,
    case when not %(ascending)s::boolean then page.by_day end desc nulls last,
    case when %(ascending)s::boolean then page.by_day end asc nulls last,
    case when not %(ascending)s::boolean then page.by_text end desc nulls last,
    case when %(ascending)s::boolean then page.by_text end asc nulls last,
    case when not %(ascending)s::boolean then page.user_id end asc,
    case when %(ascending)s::boolean then page.user_id end desc;
