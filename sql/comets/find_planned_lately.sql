-- Runs marked as running whose roll call gave a sign of life not so long ago: it planned, leased or ended a batch; one row per
-- run. Parameters: seconds float.
select runs.run_id
from runs
where
    runs.pipeline = 'comets'
    and runs.state = 'running'
    and exists (
        select from roll_call_batches as batches
        where
            batches.day = runs.day
            and batches.run_id = runs.run_id
            and greatest(batches.planned_at, batches.leased_until, batches.done_at)
            >= clock_timestamp() - make_interval(secs => %(seconds)s::float8)
    )
order by runs.run_id;
