-- Keeps an address under a name; one row. Parameters: owner text, name text, path text, parameters jsonb, is_shared bool.
insert into saved_searches (owner, name, path, parameters, is_shared)
values (%(owner)s::text, %(name)s::text, %(path)s::text, %(parameters)s::jsonb, %(is_shared)s::boolean)
returning search_id, path, parameters;
