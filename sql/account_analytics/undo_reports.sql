-- Takes reports back, in every file of the account that holds them; one row per copy. Parameters: sums text[], account text,
-- who text.
update account_exports
set
    state = 'undone',
    reason = 'Taken back by ' || %(who)s::text,
    undone_by = %(who)s::text,
    undone_at = clock_timestamp()
where
    account_exports.member <> ''
    and account_exports.member_sha256 = any(%(sums)s::text [])
    and account_exports.account is not distinct from %(account)s::text
    and account_exports.state in ('landed', 'raw', 'waiting', 'staged', 'duplicate')
returning account_exports.export_sha256, account_exports.account;
