-- Two roles for Cometwatch, so that a leaked password of the pipeline can neither change the schema nor read anything else:
--   cometwatch_owner  owns the tables and migrates them:    make setup, with its address in POSTGRES_URL_NON_POOLING
--   cometwatch        reads and writes rows, no more:       the pipeline's everyday address
-- Run by an administrator in Cometwatch's database, before the first setup or at any time after it, as often as you like:
--   psql --single-transaction --file sql/roles/create_roles.sql "$ADMIN_URL"
-- then give both a password with psql's \password, which keeps it out of every log.

do $$
declare
    role_name text;
begin
    foreach role_name in array array['cometwatch_owner', 'cometwatch'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I login', role_name);
        end if;
        execute format('grant connect on database %I to %I', current_database(), role_name);
    end loop;
    execute format('revoke create, temporary on database %I from public', current_database());
    -- Only the adoption of an older history makes a temporary table.
    execute format('grant temporary on database %I to cometwatch_owner', current_database());
end $$;

alter role cometwatch nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role cometwatch_owner nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

revoke create on schema public from public;
grant usage, create on schema public to cometwatch_owner;
grant usage on schema public to cometwatch;

-- What is there already changes hands: tables, the sequences they do not own, functions.
do $$
declare
    found record;
begin
    for found in
        select
            classes.oid::regclass as name,
            classes.relkind
        from pg_class as classes
        where
            classes.relnamespace = 'public'::regnamespace
            and classes.relkind in ('r', 'p', 'S')
            and classes.relowner <> 'cometwatch_owner'::regrole
            and not exists (select from pg_depend where objid = classes.oid and deptype in ('a', 'i', 'e') and classes.relkind = 'S')
            and not exists (select from pg_depend where objid = classes.oid and deptype = 'e')
    loop
        execute format('alter %s %s owner to cometwatch_owner', case found.relkind when 'S' then 'sequence' else 'table' end, found.name);
    end loop;
    for found in
        select procedures.oid::regprocedure as name
        from pg_proc as procedures
        where
            procedures.pronamespace = 'public'::regnamespace
            and procedures.proowner <> 'cometwatch_owner'::regrole
            and not exists (select from pg_depend where objid = procedures.oid and deptype = 'e')
    loop
        execute format('alter function %s owner to cometwatch_owner', found.name);
    end loop;
end $$;

grant select, insert, update, delete on all tables in schema public to cometwatch;
grant usage on all sequences in schema public to cometwatch;
grant execute on all functions in schema public to cometwatch;

-- And what migrations will add.
alter default privileges for role cometwatch_owner in schema public grant select, insert, update, delete on tables to cometwatch;
alter default privileges for role cometwatch_owner in schema public grant usage on sequences to cometwatch;
alter default privileges for role cometwatch_owner in schema public grant execute on functions to cometwatch;

do $$
begin
    if to_regclass('public.schema_migrations') is not null then
        revoke insert, update, delete on table public.schema_migrations from cometwatch;
    end if;
    if to_regclass('public.partitioned_tables') is not null then
        revoke insert, update, delete on table public.partitioned_tables from cometwatch;
    end if;
end $$;
