-- An account; one row. Parameters: account text.
select
    accounts.account,
    accounts.handle,
    accounts.time_zone,
    accounts.stale_since,
    accounts.is_made_up
from accounts
where accounts.account = %(account)s::text;
