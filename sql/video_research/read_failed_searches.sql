-- The last error of each query's search in this run. Parameters: run_id text.
select distinct on (failures.query_index)
    queries.query_id,
    failures.error,
    failures.details ->> 'kind' as kind
from research_failures as failures
inner join research_queries as queries on failures.query_index = queries.position
where failures.run_id = %(run_id)s::text and failures.type = 'search_failed'
order by failures.query_index, failures.failure_id desc;
