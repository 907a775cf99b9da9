-- How many calls of a day are about a person, and how many messages or searches name them; one row.
-- Parameters: day date, subjects text[] (lower case), words text[] (lower case), needles text[] (patterns of like, lower case),
-- expression text.
select
    count(*) filter (where looked_at.is_about) as calls,
    count(*) filter (where not looked_at.is_about and looked_at.is_named) as calls_naming
from (
    select
        lower(calls.subject collate ucs_basic) = any(%(subjects)s::text [])
        or (
            calls.endpoint = 'user_profile'
            and lower(calls.subject collate ucs_basic) like any(%(needles)s::text [])
            and calls.subject collate ucs_basic ~* %(expression)s::text
        ) as is_about,
        (
            lower(calls.error collate ucs_basic) like any(%(needles)s::text [])
            and calls.error collate ucs_basic ~* %(expression)s::text
        )
        or lower(calls.keyword collate ucs_basic) = any(%(words)s::text [])
        or lower(split_part(substring(calls.subject from '^keyword=(.*)$'), '&', 1) collate ucs_basic)
        = any(%(words)s::text []) as is_named
    from api_calls as calls
    where calls.day = %(day)s::date
) as looked_at;
