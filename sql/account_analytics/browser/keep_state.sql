-- The state as a use of it left it; one row, or none: somebody logged in meanwhile, which is newer. Parameters: account text,
-- version integer (that was used), state bytea (encrypted), ends_at timestamptz, now timestamptz (NULL: the server's).
update account_browser_states
set
    state = %(state)s::bytea,
    version = account_browser_states.version + 1,
    saved_at = coalesce(%(now)s::timestamptz, clock_timestamp()),
    ends_at = %(ends_at)s::timestamptz
where
    account_browser_states.account = %(account)s::text
    and account_browser_states.version = %(version)s::integer
returning account_browser_states.version;
