-- Exports that a browser fetches from TikTok Studio: how somebody is logged in there, encrypted, and when who was visited, so
-- that the distances between visits hold over all runs and workers.

create table account_browser_states (
    account text primary key references accounts (account) on update cascade on delete cascade,
    state bytea not null check (octet_length(state) between 1 and 4000000),
    version integer not null default 1 check (version > 0),
    logged_in_at timestamptz not null,
    saved_at timestamptz not null,
    ends_at timestamptz,
    refused_at timestamptz
);
comment on table account_browser_states is
'One row per account whose export a browser fetches: how its owner is logged in at TikTok, encrypted with Airflow''s Fernet key';
comment on column account_browser_states.version is
'One more with each login and each use; what a use brings back is not kept when somebody logged in meanwhile';
comment on column account_browser_states.logged_in_at is 'When a person last logged in';
comment on column account_browser_states.ends_at is 'When the session''s cookie ends, as it says itself; NULL: it does not say';
comment on column account_browser_states.refused_at is
'Since when TikTok asks to log in anew; NULL: it does not, as far as is known';

create table account_browser_log (
    visit_id bigint generated always as identity primary key,
    account text not null references accounts (account) on update cascade on delete cascade,
    run_id text not null,
    purpose text not null check (purpose in ('export', 'canary')),
    claimed_at timestamptz not null,
    starts_at timestamptz not null,
    begun_at timestamptz,
    ended_at timestamptz,
    result text check (
        result in ('done', 'auth_expired', 'page_changed', 'no_download', 'failed', 'stopped')
    ),
    tab text,
    step text,
    language text,
    tabs text [] not null default '{}',
    screenshots text [] not null default '{}',
    check ((ended_at is null) = (result is null))
);
create index account_browser_log_account on account_browser_log (account, starts_at);
create index account_browser_log_starts on account_browser_log (starts_at);
comment on table account_browser_log is
'One row per visit of TikTok Studio by a browser, claimed before it begins: whose numbers, when, and what came of it';
comment on column account_browser_log.starts_at is 'Its turn: it begins no sooner';
comment on column account_browser_log.ended_at is 'NULL with begun_at: it is under way, or was killed';
comment on column account_browser_log.tab is 'Where it went no further, with the step that was not found';
comment on column account_browser_log.language is 'In which the page was, as it says itself';
comment on column account_browser_log.tabs is 'Whose downloads were handed over';
comment on column account_browser_log.screenshots is 'Files of the lake that show what was not understood, until they expire';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table account_browser_states, account_browser_log from %I', role_name);
    end loop;
end $$;
