-- Sets the pace of a limit, keeping its queue. Parameters: name text, seconds float (between two calls).
insert into rate_limits as limits (name, emission)
values (%(name)s::text, make_interval(secs => %(seconds)s::float8))
on conflict (name) do update
    set emission = excluded.emission
    where limits.emission <> excluded.emission;
