-- One row: how many other queries are open and wait for a run. Parameters: query_ids text[] (those of this run).
select count(*) as waiting
from research_queries as queries
where
    queries.status = 'open'
    and not queries.is_paused
    and queries.is_listed
    and queries.query_id <> all(%(query_ids)s::text []);
