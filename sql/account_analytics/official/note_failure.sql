-- Why the numbers of an account did not come; one row. Parameters: account text, failure text.
update account_sources as sources
set
    failed_at = clock_timestamp(),
    failure = left(%(failure)s::text, 1000)
where sources.account = %(account)s::text
returning sources.account;
