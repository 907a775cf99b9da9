-- Vendors that count tokens: how many a call took, beside its line of the ledger, so that a run keeps to a budget of them.

create table call_tokens (
    pipeline text not null,
    run_id text not null,
    endpoint text not null,
    called_at timestamptz not null default clock_timestamp(),
    tokens_in integer not null check (tokens_in >= 0),
    tokens_out integer not null check (tokens_out >= 0),
    usd numeric(12, 6) not null check (usd >= 0)
);
create index call_tokens_run on call_tokens (pipeline, run_id);
comment on table call_tokens is
'One row per call of a vendor that counts tokens: what it took, and what that costs; 0 where no price is known';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table call_tokens from %I', role_name);
    end loop;
end $$;
