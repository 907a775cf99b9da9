-- Plans the roll call of a day: who is due and in no batch yet, most important first, cut into batches; one row out per new
-- batch. Parameters: run_id text (who plans), day date, is_replay bool, most bigint or null (calls that may be made; who was
-- answered today costs none), longest_wait int (days), min_followers bigint, max_followers bigint (the edges of the band),
-- batch_size int, least_batches int, most_batches int.
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
    select creators.*
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
        and creators.user_id not in (
            select misses.user_id
            from roll_call_misses as misses
            where misses.day = %(day)s::date and misses.outcome <> 'failed'
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

expected as (
    -- Worth a look: how far the count may be by now from the last one (in its logarithm), weighed by the days nobody saw.
    select
        due.user_id,
        due.growth_deviation is null or suspects.user_id is not null as is_open,
        days.since_look as waited,
        moved.distance * power(days.since_count, 1.5) * case when edge.distance <= moved.distance then 2 else 1 end as worth,
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
    left join (
        select
            misses.user_id,
            max(misses.day) as day
        from roll_call_misses as misses
        where misses.outcome = 'suspect' and misses.day between %(day)s::date - 7 and %(day)s::date - 1
        group by misses.user_id
    ) as suspects on due.user_id = suspects.user_id and suspects.day > due.last_measured_on
    cross join lateral (
        select
            greatest(
                0, %(day)s::date - coalesce(due.last_measured_on, due.first_seen_on, %(day)s::date)
            )::double precision as since_count,
            greatest(
                0,
                %(day)s::date - coalesce(
                    greatest(due.last_measured_on, due.last_missed_on), due.first_seen_on, %(day)s::date - 10000
                )
            ) as since_look
    ) as days
    cross join lateral (
        -- Going on as before; what could not be foretold before; and anybody may take off, the likelier the longer nobody looks.
        select
            abs(coalesce(due.growth_rate, 0)) * days.since_count
            + coalesce(due.growth_deviation, 0.005) * sqrt(days.since_count)
            + 0.0001 * days.since_count * days.since_count as distance
    ) as moved
    cross join lateral (
        select
            least(
                abs(ln(counted.followers / greatest(1, %(min_followers)s::bigint))),
                abs(ln(counted.followers / greatest(1, %(max_followers)s::bigint)))
            ) as distance
        from (select greatest(1, due.last_follower_count)::double precision as followers) as counted
    ) as edge
),

levelled as (
    -- Places that go to the longest waiting, so that nobody's wait becomes too long on a later day: as many as share out evenly
    -- over the days left, once these are fewer than half of the longest wait, or than a round over everybody would take.
    select coalesce(max(ceil(ahead.creators / ahead.days_left)), 0)::bigint as places
    from (
        select
            sum(count(*)) over (order by expected.waited desc) as creators,
            sum(count(*)) over () as everybody,
            greatest(1, %(longest_wait)s::integer - expected.waited + 1) as days_left
        from expected
        group by expected.waited
    ) as ahead
    where
        %(most)s::bigint is not null
        and ahead.days_left <= greatest(%(longest_wait)s::integer / 2.0, ahead.everybody / greatest(1, %(most)s::bigint))
),

early as (
    select expected.user_id
    from expected
    order by expected.waited desc, expected.worth desc, expected.user_id
    limit (select levelled.places from levelled)
),

ordered as (
    -- First who has waited as long as anybody may, the longest first; then new arrivals (no growth known yet) and suspects,
    -- which need a second look; then who would wait too long on a later day; then whoever is worth most. The first three are
    -- one number: every key more is compared millions of times.
    select
        expected.user_id,
        expected.costs_a_call,
        3 * greatest(0, expected.waited - %(longest_wait)s::integer + 1)
        + case when expected.is_open then 2 when expected.user_id in (select early.user_id from early) then 1 else 0 end
            as urgency,
        expected.worth
    from expected
),

affordable as (
    select
        ordered.*,
        count(*) filter (where ordered.costs_a_call) over (
            order by ordered.urgency desc, ordered.worth desc, ordered.user_id
            rows unbounded preceding
        ) as calls
    from ordered
),

chosen as (
    -- In the order it has by now: no second sort.
    select
        affordable.user_id,
        row_number() over (
            order by affordable.urgency desc, affordable.worth desc, affordable.user_id
        ) as place
    from affordable
    where %(most)s::bigint is null or not affordable.costs_a_call or affordable.calls <= %(most)s::bigint
),

cutting as (
    select
        greatest(
            1,
            least(%(batch_size)s::bigint, (counted.creators + %(least_batches)s::bigint - 1) / %(least_batches)s::bigint),
            (counted.creators + %(most_batches)s::bigint - 1) / %(most_batches)s::bigint
        ) as size
    from (
        select
            count(*) filter (where not expected.costs_a_call)
            + least(count(*) filter (where expected.costs_a_call), %(most)s::bigint) as creators
        from expected
    ) as counted
),

cut as (
    select
        (chosen.place - 1) / cutting.size as batch,
        min(chosen.place) as first_position,
        max(chosen.place) as last_position,
        array_agg(chosen.user_id order by chosen.place) as user_ids
    from chosen
    cross join cutting
    group by (chosen.place - 1) / cutting.size
)

insert into roll_call_batches (run_id, day, batch, first_position, last_position, user_ids)
select
    %(run_id)s::text,
    %(day)s::date,
    numbering.next_batch + cut.batch,
    numbering.last_position + cut.first_position,
    numbering.last_position + cut.last_position,
    cut.user_ids
from cut
cross join numbering
returning batch, first_position, last_position;
