-- What the team decides about creators: a status, a note and tags for everybody, with each change kept; stars of each person.

create table shortlist (
    user_id text primary key,
    status text check (status in ('new', 'watching', 'contacted', 'signed', 'no')),
    note text not null default '' check (length(note) <= 2000),
    tags text [] not null default '{}' check (cardinality(tags) <= 20),
    version integer not null default 1 check (version > 0),
    changed_by text not null check (changed_by <> ''),
    changed_at timestamptz not null default clock_timestamp()
);
comment on table shortlist is
'One row per creator about whom somebody said something: what the whole team has decided, entered on the pages';
comment on column shortlist.status is 'NULL: taken off the list again, or only a note or tags so far';
comment on column shortlist.version is
'One more with each change; a change that was begun at an older version is refused, so that none is lost';

create table shortlist_events (
    user_id text not null,
    version integer not null check (version > 0),
    made_at timestamptz not null,
    made_by text not null check (made_by <> ''),
    old_status text,
    status text,
    old_note text not null,
    note text not null,
    old_tags text [] not null,
    tags text [] not null,
    primary key (user_id, version)
);
comment on table shortlist_events is
'One row per change of a row of shortlist: who, when, from what, to what; version is the one that the change made';

create table shortlist_stars (
    reader text not null check (reader <> ''),
    user_id text not null,
    starred_at timestamptz not null default clock_timestamp(),
    primary key (reader, user_id)
);
create index shortlist_stars_creator on shortlist_stars (user_id);
comment on table shortlist_stars is 'One row per person who looks at the pages and creator whom they starred: theirs alone';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table shortlist, shortlist_events, shortlist_stars from %I', role_name);
    end loop;
end $$;
