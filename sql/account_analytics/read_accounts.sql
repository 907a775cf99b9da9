-- Accounts, with what waits to be done for each; one row each. Parameters: accounts text[] (NULL: all there are).
select
    accounts.account,
    accounts.handle,
    accounts.aliases,
    accounts.time_zone,
    accounts.suggested_time_zone,
    accounts.stale_since,
    accounts.uncurated_since,
    accounts.is_made_up
from accounts
where %(accounts)s::text [] is null or accounts.account = any(%(accounts)s::text [])
order by accounts.account;
