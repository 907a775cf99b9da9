-- Accounts that a run found connections for, and no others; one row each. Parameters: sources jsonb (account, via, connection).
with
given as (
    select
        listed.account,
        listed.via,
        listed.connection
    from jsonb_populate_recordset(null::account_sources, %(sources)s::jsonb) as listed
),

gone as (
    delete from account_sources
    where account_sources.account not in (select given.account from given)
    returning account_sources.account
)

insert into account_sources as sources (account, via, connection)
select
    given.account,
    given.via,
    given.connection
from given
order by given.account
on conflict (account) do update
    set
        via = excluded.via,
        connection = excluded.connection,
        -- What came another way has not all that this one gives: it begins as far back as it can.
        asked_on = case when sources.via = excluded.via then sources.asked_on end,
        came_to = case when sources.via = excluded.via then sources.came_to end,
        seen_at = clock_timestamp()
returning sources.account, sources.via, (select count(*) from gone) as gone;
