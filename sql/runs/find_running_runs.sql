-- Other runs of a pipeline that are marked as running, each with whether it gave no sign of life for so long: no call, no task
-- that ended; one row per run. Parameters: pipeline text, run_id text (who asks), seconds float.
with
since as (
    select clock_timestamp() - make_interval(secs => %(seconds)s::float8) as moment
)

select
    runs.run_id,
    runs.started_at < since.moment
    and not exists (
        select from run_tasks
        where
            run_tasks.pipeline = runs.pipeline
            and run_tasks.run_id = runs.run_id
            and run_tasks.finished_at >= since.moment
    )
    and not exists (
        select from api_calls as calls
        where
            calls.day = runs.day
            and calls.pipeline = runs.pipeline
            and calls.run_id = runs.run_id
            and greatest(calls.called_at, calls.claimed_until) >= since.moment
    ) as is_silent
from runs
cross join since
where runs.pipeline = %(pipeline)s::text and runs.state = 'running' and runs.run_id <> %(run_id)s::text
order by runs.run_id;
