-- Another question stands in this one's place: it goes where nothing was found for it yet, and is paused otherwise, as is one of
-- the list, which would bring it back; no row.
-- Parameters: query_id text.
with
gone as (
    delete from research_queries as queries
    where
        queries.query_id = %(query_id)s::text
        and queries.source <> 'list'
        and not exists (select from research_hits as hits where hits.query_id = queries.query_id)
    returning queries.query_id
)

update research_queries
set is_paused = true
where query_id = %(query_id)s::text and not exists (select from gone);
