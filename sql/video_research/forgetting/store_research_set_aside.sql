-- Puts cleaned texts into a row of research_set_aside; one row.
-- Parameters: query_id text, url text, texts jsonb.
update research_set_aside
set
    reason = given.reason,
    url = given.url
from jsonb_populate_record(null::research_set_aside, %(texts)s::jsonb) as given
where
    research_set_aside.query_id = %(query_id)s::text
    and research_set_aside.url = %(url)s::text
returning research_set_aside.query_id;
