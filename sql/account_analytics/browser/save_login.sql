-- A person has logged in; one row. Parameters: account text, state bytea (encrypted), ends_at timestamptz, now timestamptz
-- (NULL: the server's).
insert into account_browser_states (account, state, logged_in_at, saved_at, ends_at)
select
    %(account)s::text,
    %(state)s::bytea,
    moment.now as logged_in_at,
    moment.now as saved_at,
    %(ends_at)s::timestamptz
from (select coalesce(%(now)s::timestamptz, clock_timestamp()) as now) as moment
on conflict (account) do update
    set
        state = excluded.state,
        version = account_browser_states.version + 1,
        logged_in_at = excluded.logged_in_at,
        saved_at = excluded.saved_at,
        ends_at = excluded.ends_at,
        refused_at = null
returning account_browser_states.version;
