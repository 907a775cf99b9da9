-- Every name of the accounts of one's own that have or had one of these; one row each. Parameters: handles text[] (lower case).
select distinct lower(names.name collate ucs_basic) as handle
from accounts
cross join lateral unnest(accounts.aliases || array[accounts.handle, accounts.account]) as names (name)
where
    lower(accounts.handle collate ucs_basic) = any(%(handles)s::text [])
    or lower(accounts.account collate ucs_basic) = any(%(handles)s::text [])
    or accounts.aliases && %(handles)s::text []
order by 1;
