-- Objects of somebody's own with a name that a migration makes, in the schema where it would be made; one row per object: what it
-- is. Indexes of the original tables are left out, they give way. Parameters: relations, functions (text[]), pattern of further
-- tables (text), trigger_tables, triggers (text[], the latter two of the same length).
select taken.thing
from (
    select
        case classes.relkind
            when 'v' then 'view '
            when 'm' then 'materialized view '
            when 'f' then 'foreign table '
            when 'S' then 'sequence '
            when 'i' then 'index '
            when 'I' then 'index '
            when 'c' then 'type '
            else 'table '
        end || quote_ident(classes.relname) as thing
    from pg_class as classes
    where
        classes.relnamespace = (select namespaces.oid from pg_namespace as namespaces where namespaces.nspname = current_schema())
        and (
            classes.relname = any(%(relations)s::text [])
            -- Months of the two partitioned tables, and what is set aside on the way.
            or (not classes.relispartition and classes.relkind not in ('i', 'I') and classes.relname ~ %(pattern)s::text)
        )
        and not exists (
            select from pg_index as indexes
            where
                indexes.indexrelid = classes.oid
                and indexes.indrelid in (to_regclass('creators'), to_regclass('creator_stats'), to_regclass('daily_trends'))
                and (indexes.indrelid <> to_regclass('creators') or classes.relname = 'creators_handle')
        )
        and not exists (
            select from pg_depend as depends
            where
                depends.classid = 'pg_class'::regclass
                and depends.objid = classes.oid
                and depends.refobjid = to_regclass('creator_stats')
                and depends.deptype in ('a', 'i')
                and classes.relkind = 'S'
        )
    union all
    select 'type ' || quote_ident(types.typname)
    from pg_type as types
    where
        types.typnamespace = (select namespaces.oid from pg_namespace as namespaces where namespaces.nspname = current_schema())
        and types.typname = any(%(relations)s::text [])
        and types.typtype <> 'c'
    union all
    select
        case functions.prokind
            when 'p' then 'procedure '
            when 'a' then 'aggregate '
            else 'function '
        end || functions.oid::regprocedure::text
    from pg_proc as functions
    where
        functions.pronamespace = (
            select namespaces.oid from pg_namespace as namespaces where namespaces.nspname = current_schema()
        )
        and functions.proname = any(%(functions)s::text [])
    union all
    select 'trigger ' || quote_ident(triggers.tgname) || ' on ' || triggers.tgrelid::regclass::text
    from pg_trigger as triggers
    inner join unnest(%(trigger_tables)s::text [], %(triggers)s::text []) as wanted (table_name, trigger_name)
        on triggers.tgrelid = to_regclass(wanted.table_name) and triggers.tgname = wanted.trigger_name
) as taken
order by taken.thing;
