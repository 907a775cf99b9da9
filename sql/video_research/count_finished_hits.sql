-- How many videos were found for a query that is finished and that nobody wants searched again; no row for any other.
-- Parameters: query_id text.
select (select count(*) from research_hits as hits where hits.query_id = queries.query_id) as hits
from research_queries as queries
where
    queries.query_id = %(query_id)s::text
    and queries.status = 'success'
    and queries.searched_at is not null
    and not queries.wants_retry;
