-- Files whose rows are gone: of people who are being forgotten, and of an account that became part of another one. And what
-- a file itself says together.

create table account_files_to_remove (
    place text not null check (place in ('lake', 'drop', 'curated')),
    name text not null,
    size_bytes bigint,
    mtime_ns bigint,
    noted_at timestamptz not null default now(),
    primary key (place, name)
);
comment on table account_files_to_remove is
'Files that are still to be removed, noted as the rows about them go; empty otherwise';
comment on column account_files_to_remove.place is
'lake: a key of the lake; drop: a file of the drop folder, as it looked; curated: the curated files are to be made anew';

alter table account_exports add column views_in_file bigint;
comment on column account_exports.views_in_file is
'Views of all rows of the report together, as the file says them; NULL: it has no such column, or was read before this was kept';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table account_files_to_remove from %I', role_name);
    end loop;
end $$;
