-- How many rows of raw accounts have; one row per account that has any. Parameters: accounts text[].
select
    account_exports.account,
    sum(account_exports.rows_in)::bigint as count
from account_exports
where account_exports.account = any(%(accounts)s::text []) and account_exports.raw_key is not null
group by account_exports.account;
