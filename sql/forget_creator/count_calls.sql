-- How many calls of a day are about a person, and how many messages or searches name them; one row.
-- Parameters: day date, subjects text[], ids text[], words text[] (lower case).
select
    count(*) filter (where calls.is_about) as about,
    count(*) filter (where not calls.is_about and calls.is_named) as named
from (
    select
        calls.subject = any(%(subjects)s::text [])
        or exists (select from unnest(%(ids)s::text []) as ids (id) where position(ids.id in calls.subject) > 0) as is_about,
        exists (select from unnest(%(ids)s::text []) as ids (id) where position(ids.id in calls.error) > 0)
        or lower(calls.keyword) = any(%(words)s::text [])
        or lower(split_part(substring(calls.subject from '^keyword=(.*)$'), '&', 1)) = any(%(words)s::text []) as is_named
    from api_calls as calls
    where calls.day = %(day)s::date
) as calls;
