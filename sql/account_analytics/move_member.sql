-- Puts a report, in every file that holds it, to an account; one row per copy that was another's or waited for this.
-- Parameters: member_sha256 text, account text.
with
former as (
    select
        account_exports.export_sha256,
        account_exports.member,
        account_exports.account
    from account_exports
    where
        account_exports.member_sha256 = %(member_sha256)s::text
        and account_exports.member <> ''
        and account_exports.state in ('landed', 'raw', 'staged', 'duplicate', 'waiting')
        and (
            account_exports.account is distinct from %(account)s::text
            or (account_exports.state = 'waiting' and account_exports.reason_code = 'two_handles')
        )
    for update
)

update account_exports
set
    account = %(account)s::text,
    account_basis = 'answer',
    state = 'landed',
    reason = null,
    reason_code = null,
    waits_for = null
from former
where account_exports.export_sha256 = former.export_sha256 and account_exports.member = former.member
returning account_exports.export_sha256, account_exports.member, former.account as former;
