-- What an erasure that was interrupted goes on with, and the one way in which versions of the rules lose a name.

create table erasures_under_way (
    user_id text primary key,
    sec_user_id text,
    handles text [] not null,
    blanks integer not null,
    began_at timestamptz not null default now()
);
comment on table erasures_under_way is
'Who is being erased, until nothing about them is left; empty otherwise';
comment on column erasures_under_way.blanks is
'How many blanks were given out for search words that name them: none is used twice';

-- As in 0014, but erasure blanks a person's name in notes and word lists; it says so for its own transaction.
create or replace function keep_rule_versions() returns trigger
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
    if current_setting('cometwatch.erasing', true) = 'on'
        and (to_jsonb(new) - 'mapping' - 'note') = (to_jsonb(old) - 'mapping' - 'note') then
        return new;
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

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table erasures_under_way from %I', role_name);
    end loop;
end $$;
