-- Brings back reports that were taken back; one row per copy. Parameters: sums text[], account text, who text.
update account_exports
set
    state = 'landed',
    reason = 'Brought back by ' || %(who)s::text,
    undone_by = null,
    undone_at = null
where
    account_exports.member <> ''
    and account_exports.member_sha256 = any(%(sums)s::text [])
    and account_exports.account is not distinct from %(account)s::text
    and account_exports.state = 'undone'
returning account_exports.export_sha256, account_exports.account;
