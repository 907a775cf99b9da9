-- Which day the standings stand for, when they were made, and the last run of the latest day that had one;
-- one row, none before the first run.
select
    standing.day,
    standing.refreshed_at,
    last_run.day as run_day,
    last_run.run_id,
    last_run.mode,
    last_run.state,
    last_run.started_at,
    last_run.finished_at,
    last_run.coverage,
    last_run.measured,
    last_run.due,
    last_run.roster
from (
    select
        standings.day,
        standings.refreshed_at
    from standings
    order by standings.day desc
    limit 1
) as standing
full join (
    select runs.*
    from runs
    where runs.pipeline = 'comets' and runs.settings ->> 'dry_run' is distinct from 'true'
    order by runs.day desc, runs.state = 'interrupted' asc, runs.started_at desc, runs.run_id asc
    limit 1
) as last_run on true;
