-- The filters' rules as people change them: versions that are added and never edited, of which at most one is active.

create table rule_versions (
    version text primary key check (version <> '' and length(version) <= 60),
    mapping jsonb not null check (jsonb_typeof(mapping) = 'object' and mapping ->> 'version' = version),
    state text not null check (state in ('draft', 'active', 'retired')),
    based_on text,
    note text not null default '' check (length(note) <= 2000),
    made_at timestamptz not null default now(),
    made_by text not null,
    activated_at timestamptz,
    activated_by text,
    is_shipped boolean not null default false,
    check ((state = 'draft') = (activated_at is null)),
    check ((activated_at is null) = (activated_by is null)),
    -- The shipped rules are in force while no version is active; their row only keeps what they were.
    check (not is_shipped or state = 'retired')
);
comment on table rule_versions is
'Versions of the filters'' rules: drafts, the active one, and those that were; without an active one the shipped rules hold';
comment on column rule_versions.is_shipped is
'A copy of rules.json as a release brought it, kept when it was first used, so that its verdicts can be made again';
create unique index rule_versions_active on rule_versions (state) where state = 'active';

-- What a verdict's rules_version names must stay what it was: contents never change, and a draft alone may go.
create function keep_rule_versions() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'Versions of the rules are history: the table is never emptied.' using errcode = 'restrict_violation';
    end if;
    if tg_op = 'DELETE' then
        if old.state <> 'draft' then
            raise exception 'Version % of the rules was used: only a draft may be deleted.', old.version
                using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if (new.version, new.mapping, new.based_on, new.made_at, new.made_by, new.is_shipped) is distinct from
        (old.version, old.mapping, old.based_on, old.made_at, old.made_by, old.is_shipped) then
        raise exception 'Version % of the rules is never edited: make another one.', old.version
            using errcode = 'restrict_violation';
    end if;
    if old.state = 'draft' and new.state = 'active' then
        return new;
    end if;
    if (new.note, new.activated_at, new.activated_by) is not distinct from (old.note, old.activated_at, old.activated_by)
        and (new.state = old.state or (old.state = 'active' and new.state = 'retired')) then
        return new;
    end if;
    raise exception 'Version % of the rules cannot go from % to %: draft, active, retired is the only way.',
        old.version, old.state, new.state using errcode = 'restrict_violation';
end $$;
create trigger rule_versions_stay before update or delete on rule_versions
for each row execute function keep_rule_versions();
create trigger rule_versions_are_not_emptied before truncate on rule_versions
for each statement execute function keep_rule_versions();

-- The page "Filters" lists the covers the detector was unsure of.
create index verdicts_uncertain on verdicts (day) where is_uncertain;

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table rule_versions from %I', role_name);
    end loop;
end $$;
