-- The account that has or had this name; one row, or none. Parameters: name text (in small letters).
select accounts.account
from accounts
where
    %(name)s::text in (accounts.account, lower(accounts.handle collate ucs_basic))
    or %(name)s::text = any(accounts.aliases)
order by accounts.account <> %(name)s::text, accounts.account
limit 1;
