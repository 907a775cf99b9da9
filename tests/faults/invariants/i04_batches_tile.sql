-- The batches of a day tile its plan: positions from 1 without gap or overlap, and nobody in two batches that are open. A batch that
-- was gone through stays, and who failed in it is planned once more. Rows: faults.
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
        batches.batch,
        unnest(batches.user_ids) as user_id
    from roll_call_batches as batches
    where batches.done_at is null
) as planned
group by planned.day, planned.user_id
having count(*) > 1
union all
-- Nor twice in one, done or not.
select planned.day || ' creator ' || planned.user_id || ' twice in batch ' || planned.batch
from (
    select
        batches.day,
        batches.batch,
        unnest(batches.user_ids) as user_id
    from roll_call_batches as batches
) as planned
group by planned.day, planned.batch, planned.user_id
having count(*) > 1;
