-- Something of these accounts waits to be staged; one row per account. Parameters: accounts text[].
update accounts
set stale_since = clock_timestamp()
where accounts.account = any(%(accounts)s::text [])
returning accounts.account;
