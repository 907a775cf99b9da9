-- Puts a file and its reports to an account; what was read is read again. One row per row changed, with the account before.
-- Parameters: export_sha256 text, account text, basis text.
with
former as (
    select
        account_exports.member,
        account_exports.account
    from account_exports
    where account_exports.export_sha256 = %(export_sha256)s::text
    for update
)

update account_exports
set
    account = %(account)s::text,
    account_basis = %(basis)s::text,
    state = case
        when account_exports.state in ('raw', 'staged', 'duplicate')
            or (account_exports.state = 'waiting' and account_exports.reason_code in ('unknown_account', 'two_handles'))
            then 'landed'
        when account_exports.state = 'waiting' and account_exports.reason_code in ('year', 'other_account') then 'landed'
        else account_exports.state
    end,
    reason = case
        when account_exports.reason_code in ('unknown_account', 'two_handles', 'year', 'other_account') then null
        else account_exports.reason
    end,
    reason_code = case
        when account_exports.reason_code in ('unknown_account', 'two_handles', 'year', 'other_account') then null
        else account_exports.reason_code
    end,
    waits_for = case
        when account_exports.reason_code in ('unknown_account', 'two_handles', 'year', 'other_account') then null
        else account_exports.waits_for
    end
from former
where account_exports.export_sha256 = %(export_sha256)s::text and former.member = account_exports.member
returning account_exports.export_sha256, account_exports.member, former.account as former;
