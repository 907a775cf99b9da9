-- Removes one's own saved search; one row, or none. Parameters: search_id bigint, owner text.
delete from saved_searches
where
    search_id = %(search_id)s::bigint
    and owner = %(owner)s::text
returning search_id;
