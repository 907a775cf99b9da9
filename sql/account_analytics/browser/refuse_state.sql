-- TikTok asks to log in anew; one row, or none: somebody did meanwhile. Parameters: account text, version integer (that was
-- used), now timestamptz (NULL: the server's).
update account_browser_states
set refused_at = coalesce(%(now)s::timestamptz, clock_timestamp())
where
    account_browser_states.account = %(account)s::text
    and account_browser_states.version = %(version)s::integer
returning account_browser_states.version;
