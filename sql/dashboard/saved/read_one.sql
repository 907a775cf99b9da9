-- A saved search that a person may see; one row, or none. Parameters: search_id bigint, reader text.
select
    saved.search_id,
    saved.path,
    saved.parameters
from saved_searches as saved
where
    saved.search_id = %(search_id)s::bigint
    and (saved.owner = %(reader)s::text or saved.is_shared);
