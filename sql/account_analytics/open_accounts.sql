-- Enters accounts that are new; one row out per new one. Parameters: accounts jsonb (account, handle, is_made_up).
insert into accounts (account, handle, is_made_up)
select
    given.account,
    given.handle,
    given.is_made_up
from jsonb_populate_recordset(null::accounts, %(accounts)s::jsonb) as given
order by given.account
on conflict (account) do nothing
returning accounts.account;
