-- Blanks questions that are a person's name; one row with the numbers changed. Nobody asks them again.
-- Parameters: words, blanks text[] (of the same length).
with
given as (
    select
        each.word,
        each.blank
    from unnest(%(words)s::text [], %(blanks)s::text []) as each (word, blank)
),

queries as (
    update research_queries
    set text = given.blank, is_paused = true
    from given
    where research_queries.text = given.word
    returning research_queries.query_id
),

failures as (
    update research_failures
    set query = given.blank
    from given
    where research_failures.query = given.word
    returning research_failures.failure_id
)

select
    (select count(*) from queries) as query_words,
    (select count(*) from failures) as failure_words;
