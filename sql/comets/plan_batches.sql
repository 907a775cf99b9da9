-- Plans the roll call of a day: who is due and in no batch yet, most important first, cut into batches; one row out per new
-- batch. Parameters: day date, is_replay bool, most bigint or null (calls that may be made; who was answered today costs
-- none), batch_size int, least_batches int, most_batches int.
with
planned as (
    select
        unnest(batches.user_ids) as user_id
    from roll_call_batches as batches
    where batches.day = %(day)s::date
),

numbering as (
    select
        coalesce(max(batches.batch) + 1, 0) as next_batch,
        coalesce(max(batches.last_position), 0) as last_position
    from roll_call_batches as batches
    where batches.day = %(day)s::date
),

due as (
    select creators.user_id
    from creators
    where
        (creators.first_seen_on is null or creators.first_seen_on <= %(day)s::date)
        and (%(is_replay)s::boolean or creators.next_due_on is null or creators.next_due_on <= %(day)s::date)
        and not exists (
            select from creator_stats as stats
            where
                stats.user_id = creators.user_id
                and stats.recorded_date = %(day)s::date
                and not stats.is_estimated
        )
        -- These were answered today; asking again would tell the same.
        and not exists (
            select from roll_call_misses as misses
            where
                misses.user_id = creators.user_id
                and misses.day = %(day)s::date
                and misses.outcome <> 'failed'
        )
        and (
            not %(is_replay)s::boolean
            or exists (
                select from api_calls as calls
                where
                    calls.day = %(day)s::date
                    and calls.endpoint = 'user_profile'
                    and calls.subject = creators.user_id
                    and calls.holds_identity
                    and calls.outcome <> 'calling'
            )
        )
        and creators.user_id not in (select planned.user_id from planned)
),

ranked as (
    -- First who has no number of yesterday (new, or missed: a day lost cannot be measured later), then who grows fastest.
    select
        due.user_id,
        row_number() over (
            order by yesterday.daily_growth_percent desc nulls first, due.user_id
        ) as place,
        %(most)s::bigint is not null
        and not exists (
            select from api_calls as calls
            where
                calls.day = %(day)s::date
                and calls.endpoint = 'user_profile'
                and calls.subject = due.user_id
                and calls.holds_identity
                and calls.outcome <> 'calling'
        ) as costs_a_call
    from due
    left join creator_stats as yesterday
        on
            due.user_id = yesterday.user_id
            and yesterday.recorded_date = %(day)s::date - 1
            and not yesterday.is_estimated
),

affordable as (
    select
        ranked.*,
        count(*) filter (where ranked.costs_a_call) over (order by ranked.place) as calls
    from ranked
),

chosen as (
    select
        affordable.user_id,
        row_number() over (order by affordable.place) as place,
        greatest(
            1,
            least(%(batch_size)s::integer, ceil(count(*) over () / %(least_batches)s::numeric)),
            ceil(count(*) over () / %(most_batches)s::numeric)
        )::integer as size
    from affordable
    where %(most)s::bigint is null or not affordable.costs_a_call or affordable.calls <= %(most)s::bigint
)

insert into roll_call_batches (day, batch, first_position, last_position, user_ids)
select
    %(day)s::date,
    numbering.next_batch + (chosen.place - 1) / chosen.size,
    numbering.last_position + min(chosen.place),
    numbering.last_position + max(chosen.place),
    array_agg(chosen.user_id order by chosen.place)
from chosen
cross join numbering
group by numbering.next_batch, numbering.last_position, (chosen.place - 1) / chosen.size
returning batch, first_position, last_position;
