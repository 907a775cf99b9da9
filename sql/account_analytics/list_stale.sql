-- Accounts of which something waits to be staged, and those that are worked out anew; one row each. Parameters: accounts text[]
-- (none: of all), reprocess text (`all`, an account or a format; NULL: none).
select accounts.account
from accounts
where
    (cardinality(%(accounts)s::text []) = 0 or accounts.account = any(%(accounts)s::text []))
    and (
        accounts.stale_since is not null
        or %(reprocess)s::text in ('all', accounts.account)
        or exists (
            select from account_exports
            where account_exports.account = accounts.account and account_exports.format = %(reprocess)s::text
        )
    )
order by accounts.account;
