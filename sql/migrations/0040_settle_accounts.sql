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

-- The accounts that are those of a person with these handles (in small letters), today's or former ones.
create function accounts_of(given_handles text []) returns setof text
language sql stable
as $$
    select accounts.account
    from accounts
    where
        lower(accounts.handle collate ucs_basic) = any(given_handles)
        or lower(accounts.account collate ucs_basic) = any(given_handles)
        or accounts.aliases && given_handles
$$;
comment on function accounts_of(text []) is 'Accounts of one''s own by handles in small letters, former ones included';

-- The files that hold a report of theirs, or that name them: by the account, the file's name, the links in it, or the folder.
create function exports_of(given_handles text []) returns setof text
language sql stable
as $$
    select exports.export_sha256
    from account_exports as exports
    where
        exports.account in (select accounts_of(given_handles))
        or lower(exports.name_handle collate ucs_basic) = any(given_handles)
        or exports.handles && given_handles
        or string_to_array(translate(lower(exports.folder collate ucs_basic), '@', ''), '/') && given_handles
$$;
comment on function exports_of(text []) is
'SHA-256 of files of a person''s own accounts, or that name them, by handles in small letters';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function accounts_of(text []), exports_of(text []) from %s', role_name);
        continue when role_name = 'public';
        execute format('revoke all on table account_files_to_remove from %I', role_name);
    end loop;
end $$;
