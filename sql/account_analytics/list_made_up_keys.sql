-- Files of the lake that came from made-up exports; one row each.
select keys.key
from account_exports
cross join lateral (values (account_exports.landing_key), (account_exports.raw_key)) as keys (key)
where account_exports.is_made_up and keys.key is not null
group by keys.key;
