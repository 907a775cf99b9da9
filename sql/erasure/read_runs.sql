-- Runs whose settings, counts, report or checks may name a person; one row per run.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    runs.pipeline,
    runs.run_id,
    runs.settings,
    runs.counts,
    runs.report,
    runs.stopped_because,
    runs.failed_tasks,
    runs.failed_checks
from runs
where
    lower(
        concat_ws(
            ' ',
            runs.settings::text,
            runs.counts::text,
            runs.report,
            runs.stopped_because,
            array_to_string(runs.failed_tasks, ' '),
            array_to_string(runs.failed_checks, ' ')
        ) collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by runs.pipeline, runs.run_id;
