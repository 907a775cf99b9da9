-- The day of a run; one row, none for an unknown run. Parameters: run_id text.
select runs.day
from runs
where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text;
