-- Shows one's own saved search to all, or to oneself alone; one row, or none. Parameters: search_id bigint, owner text,
-- is_shared bool.
update saved_searches
set is_shared = %(is_shared)s::boolean
where
    search_id = %(search_id)s::bigint
    and owner = %(owner)s::text
returning search_id;
