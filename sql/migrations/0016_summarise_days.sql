-- What a day's page shows at a glance: why a run is red, and its calls summed up, so that nobody counts a million of them again.

alter table runs
    add column failed_tasks text [] not null default '{}',
    add column failed_checks text [] not null default '{}';
comment on column runs.failed_tasks is 'The tasks that were red when the report was written';
comment on column runs.failed_checks is 'What check_day found wrong, in its own words';

create table call_summaries (
    day date not null,
    endpoint text not null,
    keyword text not null,
    outcome text not null,
    calls integer not null check (calls > 0),
    billed integer not null,
    usd numeric(12, 6) not null,
    latency_ms bigint not null,
    primary key (day, endpoint, keyword, outcome)
);
comment on table call_summaries is
'The ledger of a day in short: one row per endpoint, keyword ('''' for none) and outcome; written with the day''s report';
comment on column call_summaries.latency_ms is 'Of all these calls together';

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table call_summaries from %I', role_name);
    end loop;
end $$;
