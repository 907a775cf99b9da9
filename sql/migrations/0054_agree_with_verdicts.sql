-- That a refusal was right: what people say who looked at it. With what they overruled it tells how often refusals are.

create table verdict_agreements (
    user_id text not null,
    video_id text not null,
    layer text not null check (layer in ('platform', 'pronoun', 'criteria', 'face')),
    made_by text not null check (made_by <> ''),
    day date not null,
    rules_version text not null,
    chosen_reason text not null check (
        chosen_reason in ('repost', 'elsewhere', 'seller', 'other person', 'no face', 'out of range', 'other')
    ),
    made_at timestamptz not null default clock_timestamp(),
    primary key (user_id, video_id, layer, made_by)
);
comment on table verdict_agreements is
'One row per video, layer that refused it and person who says that this was right, entered on the page of the verdict';
comment on column verdict_agreements.day is 'Of the verdict that was looked at, like rules_version';
comment on column verdict_agreements.chosen_reason is 'Chosen from a list, so that nobody is named in it';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table verdict_agreements from %I', role_name);
    end loop;
end $$;
