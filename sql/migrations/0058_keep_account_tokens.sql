-- Accounts whose numbers TikTok's Accounts API gives: the tokens their owners' consent is worth, encrypted, and what was asked.

create table account_tokens (
    account text primary key references accounts (account) on update cascade on delete cascade,
    business_id text not null,
    scopes text [] not null default '{}',
    access_token bytea not null,
    access_expires_at timestamptz not null,
    refresh_tokens bytea [] not null check (cardinality(refresh_tokens) between 1 and 4),
    refresh_expires_at timestamptz not null,
    version integer not null default 1 check (version > 0),
    authorized_at timestamptz not null default now(),
    renewed_at timestamptz,
    begun_at timestamptz,
    lost_at timestamptz,
    leased_by text,
    leased_until timestamptz,
    refused_at timestamptz,
    refused_code integer
);
comment on table account_tokens is
'One row per account whose owner let the app in: access and refresh token, encrypted with Airflow''s Fernet key';
comment on column account_tokens.business_id is 'What TikTok calls the account, for this app alone';
comment on column account_tokens.scopes is 'The permissions that the owner gave';
comment on column account_tokens.refresh_tokens is
'The one that counts comes first; behind it what it replaced, until it has been proved by a renewal of its own';
comment on column account_tokens.version is 'One more with each renewal that counts: whoever waited for one sees it';
comment on column account_tokens.begun_at is
'When a renewal was begun whose answer is not stored: it is under way, it failed, or its answer was lost';
comment on column account_tokens.lost_at is
'Of refused tokens: when a renewal was begun before whose answer was never stored';
comment on column account_tokens.leased_until is 'Until when leased_by alone may renew';
comment on column account_tokens.refused_at is
'Since when TikTok refuses all refresh tokens: only the owner''s consent helps; NULL: it does not, as far as is known';
comment on column account_tokens.refused_code is 'What TikTok said to the newest of them, as a number';

create table account_sources (
    account text primary key references accounts (account) on update cascade on delete cascade,
    via text not null check (via in ('api', 'browser')),
    connection text not null,
    seen_at timestamptz not null default now(),
    asked_on date,
    asked_from date,
    asked_to date,
    came_at timestamptz,
    came_to date,
    failed_at timestamptz,
    failure text
);
comment on table account_sources is
'One row per account that a run found a connection for: how its numbers are fetched, when they last came, and what is wrong';
comment on column account_sources.connection is 'The name of the Airflow connection; nothing that is in it';
comment on column account_sources.seen_at is 'When a run last found the connection';
comment on column account_sources.asked_on is 'The day whose run asked last, for the days from asked_from to asked_to';
comment on column account_sources.came_to is 'The last day that was asked for and answered';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table account_tokens, account_sources from %I', role_name);
    end loop;
end $$;
