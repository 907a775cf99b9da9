-- The columns of a table and their types; one row per column, none when there is no such table. Parameters: table (text).
select
    attributes.attname::text as column_name,
    attributes.atttypid::regtype::text as type_name
from pg_attribute as attributes
where
    attributes.attrelid = to_regclass(%(table)s::text)
    and attributes.attnum > 0
    and not attributes.attisdropped
order by attributes.attnum;
