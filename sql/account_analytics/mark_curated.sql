-- Accounts are curated as they were staged at a moment; what was staged since still waits; one row each.
-- Parameters: accounts jsonb (account, uncurated_since).
update accounts
set uncurated_since = null
from jsonb_populate_recordset(null::accounts, %(accounts)s::jsonb) as given
where accounts.account = given.account and accounts.uncurated_since = given.uncurated_since
returning accounts.account;
