-- Notes what a search cost, and, once it is done, when it was; one row.
-- Parameters: query_id text, run_id text, credits int, is_done boolean.
update research_queries as queries
set
    searched_at = case when %(is_done)s::boolean then now() else queries.searched_at end,
    run_id = %(run_id)s::text,
    credits = queries.credits + %(credits)s::integer
where queries.query_id = %(query_id)s::text
returning queries.query_id;
