-- Which digests were sent, so that a day that is run again says nothing twice.

create table digests (
    day date not null,
    channel text not null check (channel in ('mail', 'webhook')),
    fingerprint text not null,
    sent_at timestamptz not null default now(),
    primary key (day, channel)
);
comment on table digests is 'The last digest of a day on each channel: a hash of what it said, and when; it names nobody';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table digests from %I', role_name);
    end loop;
end $$;
