-- Creators due whom a day's plan had no place for, because the roster is larger than a day's calls at the set pace; one row.
-- 0 without a plan. Parameters: name text, day date.
with
size as (
    select count(*) as roster from creators
),

planned as (
    select unnest(batches.user_ids) as user_id
    from roll_call_batches as batches
    where batches.day = %(day)s::date
)

select count(*) as left_out
from creators_unmeasured(%(day)s::date, false) as creators
where
    exists (select from planned)
    and (select size.roster from size) > (
        select floor(86400 / extract(epoch from limits.emission))
        from rate_limits as limits
        where limits.name = %(name)s::text
    )
    and not exists (
        select from roll_call_misses as misses
        where misses.user_id = creators.user_id and misses.day = %(day)s::date
    )
    and not exists (select from planned where planned.user_id = creators.user_id);
