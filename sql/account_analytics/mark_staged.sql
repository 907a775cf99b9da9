-- Accounts are staged as of a moment; what came in after it still waits; one row each. Parameters: accounts jsonb (an array of
-- account, stale_since, is_changed).
update accounts
set
    stale_since = case when accounts.stale_since = given.stale_since then null else accounts.stale_since end,
    uncurated_since = case when given.is_changed then clock_timestamp() else accounts.uncurated_since end
from jsonb_to_recordset(%(accounts)s::jsonb) as given (account text, stale_since timestamptz, is_changed boolean)
where accounts.account = given.account
returning accounts.account;
