-- Gives a file, and its reports that have none, what a better name or folder of it says; one row per row that learnt something.
-- Parameters: export_sha256 text, folder text, name_report text, name_start date, name_ends_at timestamptz, name_handle text.
update account_exports
set
    folder = coalesce(account_exports.folder, %(folder)s::text),
    name_report = coalesce(account_exports.name_report, %(name_report)s::text),
    name_start = coalesce(account_exports.name_start, %(name_start)s::date),
    name_ends_at = coalesce(account_exports.name_ends_at, %(name_ends_at)s::timestamptz),
    name_handle = coalesce(account_exports.name_handle, %(name_handle)s::text)
where
    account_exports.export_sha256 = %(export_sha256)s::text
    and (
        (account_exports.folder is null and %(folder)s::text is not null)
        or (account_exports.name_start is null and %(name_start)s::date is not null)
        or (account_exports.name_handle is null and %(name_handle)s::text is not null)
    )
returning account_exports.export_sha256, account_exports.member, account_exports.account;
