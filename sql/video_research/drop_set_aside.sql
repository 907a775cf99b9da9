-- Takes back what was set aside before and is a hit now, as with another run's bounds; one row out per link.
-- Parameters: query_id text, urls text[].
delete from research_set_aside as aside
where aside.query_id = %(query_id)s::text and aside.url = any(%(urls)s::text [])
returning aside.url;
