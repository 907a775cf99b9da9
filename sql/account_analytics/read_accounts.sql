-- The accounts; one row each, with what waits to be done for it.
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
order by accounts.account;
