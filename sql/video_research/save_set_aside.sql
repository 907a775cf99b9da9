-- Keeps the links of a query that lead to no video to be downloaded, and why; one row out per link.
-- Parameters: query_id text, run_id text, and arrays of the same length: urls, kinds, reasons.
insert into research_set_aside as aside (query_id, url, kind, reason, run_id)
select
    %(query_id)s::text,
    given.url,
    given.kind,
    given.reason,
    %(run_id)s::text
from unnest(%(urls)s::text [], %(kinds)s::text [], %(reasons)s::text []) as given (url, kind, reason)
on conflict (query_id, url) do update
    set kind = excluded.kind, reason = excluded.reason, run_id = excluded.run_id, found_at = now()
returning aside.url;
