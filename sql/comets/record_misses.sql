-- Records creators that were looked for and not measured; one row out per miss that is new or different. The outcome `doubted`
-- is a failure that says nothing about the creator, and counts as no look. The reading of a suspect fall stays: it was paid for.
-- Parameters: day date, counts_as_look bool, and arrays of the same length: user_ids, outcomes, reasons.
with
missed as (
    select distinct on (given.user_id) given.*
    from unnest(
        %(user_ids)s::text [],
        %(outcomes)s::text [],
        %(reasons)s::text []
    ) as given (user_id, outcome, reason)
    inner join creators on given.user_id = creators.user_id
    order by given.user_id
),

marked as (
    -- From the third miss in a row on, the next look is 2, 4, then 7 days away.
    update creators
    set
        misses_in_row = creators.misses_in_row + 1,
        last_missed_on = %(day)s::date,
        status = case
            when missed.outcome in ('gone', 'private', 'banned') then missed.outcome else creators.status
        end,
        next_due_on = case
            when creators.misses_in_row + 1 >= 3
                then %(day)s::date + least(7, power(2, least(creators.misses_in_row - 1, 3)))::integer
        end
    from missed
    where
        %(counts_as_look)s::boolean
        and creators.user_id = missed.user_id
        and missed.outcome <> 'doubted'
        and (creators.last_missed_on is null or creators.last_missed_on < %(day)s::date)
)

insert into roll_call_misses as kept (user_id, day, outcome, reason, is_doubted)
select
    missed.user_id,
    %(day)s::date,
    case when missed.outcome = 'doubted' then 'failed' else missed.outcome end,
    missed.reason,
    missed.outcome = 'doubted'
from missed
where not exists (
    select from creator_stats as stats
    where stats.user_id = missed.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
)
order by missed.user_id
on conflict (user_id, day) do update
    set
        outcome = excluded.outcome,
        reason = excluded.reason,
        is_doubted = excluded.is_doubted,
        missed_at = now()
    where
        kept.outcome <> 'suspect'
        and (kept.outcome, kept.reason, kept.is_doubted)
        is distinct from (excluded.outcome, excluded.reason, excluded.is_doubted)
returning kept.user_id;
