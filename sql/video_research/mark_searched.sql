-- Notes what a search cost, and, once it is done, when it was; one row. The first time that it is done in a run, it is all that
-- the run paid for it: a task that was killed before this paid, and the ledger knows. Later it is what was paid for just now.
-- Parameters: query_id text, run_id text, credits int (just now), is_done boolean, and arrays of the same length: subjects,
-- costs (of each page that was read).
with
paid as (
    select coalesce(sum(pages.cost), 0) as credits
    from unnest(%(subjects)s::text [], %(costs)s::integer []) as pages (subject, cost)
    inner join api_calls as calls on pages.subject = calls.subject
    inner join research_queries as searched on calls.keyword = searched.text
    where
        searched.query_id = %(query_id)s::text
        and calls.endpoint = 'serper/videos'
        and calls.holds_identity
        and calls.pipeline = 'video_research'
        and calls.run_id = %(run_id)s::text
)

update research_queries as queries
set
    searched_at = case when %(is_done)s::boolean then now() else queries.searched_at end,
    run_id = %(run_id)s::text,
    credits = queries.credits + case
        when not %(is_done)s::boolean then 0
        when
            queries.run_id = %(run_id)s::text
            and exists (
                select from runs
                where
                    runs.pipeline = 'video_research'
                    and runs.run_id = %(run_id)s::text
                    and runs.started_at <= queries.searched_at
            ) then %(credits)s::integer
        else (select paid.credits from paid)
    end
where queries.query_id = %(query_id)s::text
returning queries.query_id;
