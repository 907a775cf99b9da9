-- Reports to be read: those that landed, and those that are read anew; one row each. Parameters: accounts text[] (none: of all),
-- reprocess text (`all`, an account or a format; NULL: nothing is read anew).
select
    account_exports.export_sha256,
    account_exports.member,
    account_exports.file_name
from account_exports
inner join account_exports as files
    on account_exports.export_sha256 = files.export_sha256 and files.member = ''
where
    account_exports.member <> ''
    and files.landing_key is not null
    and (
        cardinality(%(accounts)s::text []) = 0
        or account_exports.account is null
        or account_exports.account = any(%(accounts)s::text [])
    )
    and (
        account_exports.state = 'landed'
        or (
            account_exports.state in ('raw', 'waiting', 'staged', 'quarantined')
            and account_exports.reason_code is distinct from 'two_accounts' -- nothing is wrong with the report itself
            and %(reprocess)s::text in ('all', account_exports.account, account_exports.format)
        )
    )
order by account_exports.account, account_exports.export_sha256, account_exports.member;
