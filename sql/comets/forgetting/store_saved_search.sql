-- Writes name and address of a saved search anew; one row out. Parameters: search_id bigint, name text, path text, parameters
-- jsonb.
update saved_searches
set
    name = left(%(name)s::text, 80),
    path = %(path)s::text,
    parameters = %(parameters)s::jsonb
where search_id = %(search_id)s::bigint
returning search_id;
