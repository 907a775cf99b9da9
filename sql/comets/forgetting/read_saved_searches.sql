-- The saved searches, any of which may look for a person; one row each. Parameters: user_id text (whose own page is gone
-- already).
select
    saved.search_id,
    saved.name,
    saved.path,
    saved.parameters
from saved_searches as saved
where saved.path <> '/creators/' || %(user_id)s::text
order by saved.search_id
for update;
