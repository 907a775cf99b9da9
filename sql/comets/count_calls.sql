-- What a run's calls cost; one row. Parameters: run_id text.
select
    count(*) filter (where calls.outcome <> 'calling') as calls,
    count(*) filter (where calls.is_billed) as billed,
    coalesce(sum(calls.price_usd), 0) as usd,
    (
        select coalesce(sum(run_tasks.answered_from_ledger), 0)
        from run_tasks
        where run_tasks.pipeline = 'comets' and run_tasks.run_id = %(run_id)s::text
    ) as answered_from_ledger
from api_calls as calls
where calls.pipeline = 'comets' and calls.run_id = %(run_id)s::text;
