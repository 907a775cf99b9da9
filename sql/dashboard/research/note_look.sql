-- This reader has looked now; no row. Parameters: reader text.
insert into research_looks (reader, looked_at)
values (%(reader)s::text, now())
on conflict (reader) do update set looked_at = excluded.looked_at;
