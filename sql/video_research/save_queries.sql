-- Keeps queries: new ones after all that are there, in the order given; known ones where they are, open again when their
-- addresses changed; one row out per query that is new or changed. One caller at a time, under a lock.
-- Parameters: source text, created_by text, and arrays of the same length: query_ids, texts, languages, countries, addresses
-- (text[], each in lines), made_up (boolean[]).
with
given as (
    select
        arrays.query_id,
        arrays.text,
        arrays.language,
        arrays.country,
        string_to_array(nullif(arrays.addresses, ''), chr(10)) as addresses,
        arrays.is_made_up,
        arrays.place
    from unnest(
        %(query_ids)s::text [],
        %(texts)s::text [],
        %(languages)s::text [],
        %(countries)s::text [],
        %(addresses)s::text [],
        %(made_up)s::boolean []
    ) with ordinality as arrays (query_id, text, language, country, addresses, is_made_up, place)
),

placed as (
    select
        given.*,
        row_number() over (order by given.place) - 1 as number
    from given
    where not exists (select from research_queries as known where known.query_id = given.query_id)
),

added as (
    insert into research_queries (
        query_id, position, text, language, country, addresses, source, created_by, is_made_up
    )
    select
        placed.query_id,
        (select coalesce(max(known.position) + 1, 0) from research_queries as known) + placed.number,
        placed.text,
        placed.language,
        placed.country,
        coalesce(placed.addresses, '{}'),
        %(source)s::text,
        %(created_by)s::text,
        placed.is_made_up
    from placed
    returning query_id
),

changed as (
    update research_queries as known
    set
        addresses = coalesce(given.addresses, '{}'),
        is_listed = true,
        status = case when known.addresses = coalesce(given.addresses, '{}') then known.status else 'open' end,
        closed_at = case when known.addresses = coalesce(given.addresses, '{}') then known.closed_at end,
        searched_at = case when known.addresses = coalesce(given.addresses, '{}') then known.searched_at end
    from given
    where
        known.query_id = given.query_id
        and (known.addresses <> coalesce(given.addresses, '{}') or not known.is_listed)
    returning known.query_id
)

select added.query_id
from added
union all
select changed.query_id
from changed
order by query_id;
