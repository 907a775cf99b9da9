-- How a run went; one row, none for an unknown one. Parameters: pipeline text, run_id text.
select
    runs.state,
    runs.report,
    runs.measured,
    runs.due,
    runs.stopped_because
from runs
where runs.pipeline = %(pipeline)s::text and runs.run_id = %(run_id)s::text;
