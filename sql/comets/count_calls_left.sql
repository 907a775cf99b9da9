-- Calls that a run with a budget could still have made, by its turns or by what it really called, whichever leaves more: a turn
-- may pass unused; one row, NULL without a budget. Parameters: run_id text.
select
    case
        when runs.max_calls is not null
            then greatest(
                0,
                runs.max_calls - least(
                    runs.calls_made,
                    (
                        select count(*) filter (where calls.outcome <> 'calling') + coalesce(sum(calls.lost_calls), 0)
                        from api_calls as calls
                        where calls.pipeline = runs.pipeline and calls.run_id = runs.run_id
                    )
                )
            )::bigint
    end as calls_left
from runs
where runs.pipeline = 'comets' and runs.run_id = %(run_id)s::text;
