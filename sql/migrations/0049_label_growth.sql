-- Whether the check of growth was right: what people say of it, who and when. What the check is worth only this tells.

create table growth_labels (
    user_id text not null,
    made_by text not null check (made_by <> ''),
    checked_on date not null,
    growth_check text not null check (growth_check in ('looks bought', 'one sign', 'no sign')),
    growth_signs text [] not null,
    is_right boolean not null,
    made_at timestamptz not null default clock_timestamp(),
    primary key (user_id, made_by, checked_on)
);
comment on table growth_labels is
'One row per creator, person and day of the ranking whose check that person judged, entered on the page of the creator';
comment on column growth_labels.growth_check is 'What the check said when it was judged, as standings had it; like growth_signs';
comment on column growth_labels.is_right is 'Whether the person says that it was right';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table growth_labels from %I', role_name);
    end loop;
end $$;
