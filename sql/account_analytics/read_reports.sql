-- The reports of accounts and all their copies, with what speaks for their dates; one row per report and file.
-- Parameters: accounts text[].
select
    account_exports.account,
    account_exports.export_sha256,
    account_exports.member,
    account_exports.member_sha256,
    account_exports.file_name,
    account_exports.batch,
    account_exports.name_report,
    account_exports.name_start,
    account_exports.name_ends_at,
    account_exports.name_handle,
    account_exports.written_at,
    account_exports.landed_at,
    account_exports.raw_key,
    account_exports.family,
    account_exports.format,
    account_exports.report,
    account_exports.state,
    account_exports.reason,
    account_exports.waits_for,
    account_exports.first_day,
    account_exports.last_day,
    account_exports.label_shift,
    account_exports.shift_basis,
    account_exports.warnings
from account_exports
where
    account_exports.account = any(%(accounts)s::text [])
    and account_exports.member <> ''
    and account_exports.state in ('raw', 'staged', 'waiting', 'quarantined', 'duplicate')
order by account_exports.member_sha256, account_exports.landed_at, account_exports.export_sha256, account_exports.member;
