-- Runs whose settings, counts or report may name a person; one row per run. Parameters: texts text[] (lower case).
select
    runs.run_id,
    runs.settings,
    runs.counts,
    runs.report,
    runs.stopped_because
from runs
where exists (
    select from unnest(%(texts)s::text []) as given (text)
    where
        position(
            given.text in lower(concat_ws(' ', runs.settings::text, runs.counts::text, runs.report, runs.stopped_because))
        ) > 0
)
order by runs.run_id;
