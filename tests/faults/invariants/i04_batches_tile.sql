-- The batches of a day tile its plan: positions from 1 without gap or overlap, nobody planned twice. Rows: faults.
select batches.day || ' batch ' || batches.batch as violation
from (
    select
        plan.day,
        plan.batch,
        plan.first_position,
        coalesce(lag(plan.last_position) over (partition by plan.day order by plan.batch), 0) as ends_before
    from roll_call_batches as plan
) as batches
where batches.first_position <> batches.ends_before + 1
union all
select planned.day || ' creator ' || planned.user_id
from (
    select
        batches.day,
        unnest(batches.user_ids) as user_id
    from roll_call_batches as batches
) as planned
group by planned.day, planned.user_id
having count(*) > 1;
