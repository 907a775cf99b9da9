-- Plans the roll call of a day: who is due, most important first, cut into batches; one row out per new batch. Parameters:
-- run_id text (who plans), day date, is_replay bool, most bigint or null (calls that may be made; who was answered today costs
-- none), longest_wait int (days), min_followers bigint, max_followers bigint (the edges of the band), batch_size int,
-- least_batches int, least_size int, most_batches int.
with
due as (
    select creators.*
    from creators_due(%(day)s::date, %(is_replay)s::boolean, %(min_followers)s::bigint, %(max_followers)s::bigint) as creators
),

owed as (
    -- Looks that the longest waiting must get today, so that nobody waits too long, now or on a later day: those who waited so
    -- long, shared out over the days left to them, once few days are left, or fewer than a round over everybody takes.
    select coalesce(max(ceil(ahead.creators / ahead.days_left)), 0)::bigint as looks
    from (
        select
            sum(count(*)) over (order by due.waited desc) as creators,
            sum(count(*)) over () as everybody,
            greatest(1, %(longest_wait)s::integer - due.waited + 1) as days_left
        from due
        group by due.waited
    ) as ahead
    cross join planning_knobs() as knobs
    where
        %(most)s::bigint is not null
        and ahead.days_left
        <= greatest(%(longest_wait)s::integer * knobs.look_ahead, ahead.everybody / greatest(1, %(most)s::bigint))
),

longest_waiting as (
    select due.user_id
    from due
    order by due.waited desc, due.worth desc, due.user_id
    limit (select owed.looks from owed)
),

first_looks as (
    -- The share of new arrivals; where nobody is owed a look, all of them are ahead of the others anyway.
    select due.user_id
    from due
    where due.is_open and not due.has_answer
    order by due.worth desc, due.user_id
    limit (
        select case when owed.looks > 0 then floor(%(most)s::bigint * knobs.first_looks)::bigint else 0 end
        from owed
        cross join planning_knobs() as knobs
    )
),

ordered as (
    -- First new arrivals (no growth known yet) and suspects, up to their share; then who is owed a look, the longest waiting
    -- first; then the other new ones; then whoever is worth most. One number: every key more is compared millions of times.
    select
        due.*,
        case
            when due.user_id in (select first_looks.user_id from first_looks) then 2147483647
            when due.user_id in (select longest_waiting.user_id from longest_waiting) then 2 + due.waited
            when due.is_open then 1
            else 0
        end as urgency
    from due
),

placed as (
    select
        ordered.user_id,
        ordered.has_answer,
        count(*) filter (where not ordered.has_answer) over earlier as calls,
        row_number() over earlier as place
    from ordered
    window earlier as (order by ordered.urgency desc, ordered.worth desc, ordered.user_id rows unbounded preceding)
),

chosen as (
    select
        placed.user_id,
        placed.place - greatest(0, placed.calls - %(most)s::bigint) as place -- less those the budget leaves out
    from placed
    where %(most)s::bigint is null or placed.has_answer or placed.calls <= %(most)s::bigint
)

insert into roll_call_batches (run_id, day, batch, first_position, last_position, user_ids)
select
    %(run_id)s::text,
    %(day)s::date,
    cut.next_batch + (chosen.place - 1) / cut.size,
    cut.last_position + min(chosen.place),
    cut.last_position + max(chosen.place),
    array_agg(chosen.user_id order by chosen.place)
from chosen
cross join (select count(*) as creators, count(*) filter (where due.has_answer) as free from due) as counted
cross join lateral cut_batches(
    %(day)s::date, least(counted.creators, counted.free + %(most)s::bigint), %(batch_size)s::integer,
    %(least_batches)s::integer, %(least_size)s::integer, %(most_batches)s::integer
) as cut
group by cut.next_batch, cut.last_position, cut.size, (chosen.place - 1) / cut.size
returning batch, first_position, last_position;
