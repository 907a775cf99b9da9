-- A person has looked at a saved search, whose ranking begins with these; no row.
-- Parameters: search_id bigint, reader text, user_ids text[].
insert into saved_search_looks (search_id, reader, looked_at, user_ids)
values (%(search_id)s::bigint, %(reader)s::text, now(), %(user_ids)s::text [])
on conflict (search_id, reader) do update set
    looked_at = excluded.looked_at,
    user_ids = excluded.user_ids;
