-- What erasure leaves behind: a keyed hash that keeps a person away, and a line that says it was done. Neither names anybody.

create table forgotten_creators (
    user_hash bytea primary key check (octet_length(user_hash) = 32),
    key_mark bytea not null,
    forgotten_on date not null
);
comment on table forgotten_creators is
'Creators erased on their wish, as HMAC-SHA256 of the user id under ERASURE_KEY; without the key nobody can be told from it';
comment on column forgotten_creators.key_mark is 'Tells one key from another: a line made under a lost key is noticed';

create table erasures (
    erasure_id bigint generated always as identity primary key,
    run_id text not null unique,
    began_at timestamptz not null default now(),
    finished_at timestamptz,
    requested_by text,
    removed jsonb not null default '{}'
);
comment on table erasures is
'Audit: one line per erasure with the rows removed or blanked per table; nothing in it points to the person erased';

do $$
declare
    role_name text;
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'creator_stats'::regclass);
begin
    -- The pipeline's role may be one that cannot create tables: partitions are made by the tables' owner, as this function,
    -- which therefore trusts no search path of a caller.
    execute format(
        'alter function make_partitions(date, integer) security definer set search_path = %s, pg_temp',
        schema_name
    );
    revoke execute on function make_partitions(date, integer) from public;
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table forgotten_creators, erasures from %I', role_name);
        execute format('revoke execute on function make_partitions(date, integer) from %I', role_name);
    end loop;
    -- sql/roles/create_roles.sql keeps owner and pipeline apart; what was migrated is the owner's business.
    if exists (
        select from pg_roles
        where rolname = 'cometwatch'
            and oid <> (select relowner from pg_class where oid = 'schema_migrations'::regclass)
    ) then
        revoke insert, update, delete on table schema_migrations from cometwatch;
    end if;
end $$;
