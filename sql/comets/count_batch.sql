-- How a batch stands; one row. Parameters: day date, batch int.
select
    count(*) as planned,
    count(stats.user_id) as updated,
    count(misses.user_id) filter (where misses.outcome = 'failed') as failed,
    count(misses.user_id) filter (where misses.outcome in ('gone', 'banned')) as gone,
    count(misses.user_id) filter (where misses.outcome = 'private') as private,
    count(misses.user_id) filter (where misses.outcome = 'suspect') as suspect,
    count(*) filter (where stats.user_id is null and misses.user_id is null) as unmeasured
from roll_call_batches as batches
cross join unnest(batches.user_ids) as planned (user_id)
left join creator_stats as stats
    on planned.user_id = stats.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
left join roll_call_misses as misses
    on planned.user_id = misses.user_id and misses.day = %(day)s::date
where batches.day = %(day)s::date and batches.batch = %(batch)s::integer;
