-- Questions that are a person's name or hold a mention of them, as they are spelled; one row per spelling.
-- Parameters: words text[] (lower case), needles text[] (patterns of like, lower case), expression text.
with
used as (
    select research_queries.text as word
    from research_queries
    union
    select research_failures.query
    from research_failures
    where research_failures.query is not null
)

select
    used.word,
    lower(used.word collate ucs_basic) as lower_word
from used
where
    lower(used.word collate ucs_basic) = any(%(words)s::text [])
    or (lower(used.word collate ucs_basic) like any(%(needles)s::text []) and used.word collate ucs_basic ~* %(expression)s::text)
order by used.word;
