-- Reports that the same account has already are duplicates; one row each.
update account_exports
set
    state = 'duplicate',
    reason = 'The same report came in ' || firsts.file_name,
    reason_code = 'duplicate'
from account_exports as firsts
where
    account_exports.member <> ''
    and account_exports.state = 'landed'
    and firsts.member <> ''
    and firsts.member_sha256 = account_exports.member_sha256
    and firsts.account is not distinct from account_exports.account
    and firsts.state in ('landed', 'raw', 'staged', 'waiting', 'undone')
    and (firsts.export_sha256, firsts.member) <> (account_exports.export_sha256, account_exports.member)
    and (
        firsts.state <> 'landed'
        or (firsts.landed_at, firsts.export_sha256, firsts.member)
        < (account_exports.landed_at, account_exports.export_sha256, account_exports.member)
    )
returning
    account_exports.export_sha256, account_exports.member, account_exports.file_name, account_exports.account,
    account_exports.format, account_exports.rows_in, account_exports.reason;
