-- Questions that are a person's name; one row. Parameters: words text[] (lower case).
select
    (
        select count(*) from research_queries
        where lower(research_queries.text collate ucs_basic) = any(%(words)s::text [])
    ) as query_words,
    (
        select count(*) from research_failures
        where lower(research_failures.query collate ucs_basic) = any(%(words)s::text [])
    ) as failure_words;
