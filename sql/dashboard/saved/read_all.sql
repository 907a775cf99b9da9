-- The saved searches that a person sees, their own and those that others share, with what they saw when they last opened each;
-- one row per search, by name. Parameters: reader text, most int.
select
    saved.search_id,
    saved.owner,
    saved.name,
    saved.path,
    saved.parameters,
    saved.is_shared,
    saved.saved_at,
    saved.owner = %(reader)s::text as is_own,
    looks.looked_at,
    looks.user_ids
from saved_searches as saved
left join saved_search_looks as looks on saved.search_id = looks.search_id and looks.reader = %(reader)s::text
where saved.owner = %(reader)s::text or saved.is_shared
order by saved.name collate ucs_basic, saved.search_id
limit %(most)s::integer;
