-- The reports of files and where each file lies; one row per report. Parameters: sums text[].
select
    account_exports.*,
    files.landing_key as file_key,
    files.file_name as export_name
from account_exports
inner join account_exports as files
    on account_exports.export_sha256 = files.export_sha256 and files.member = ''
where account_exports.export_sha256 = any(%(sums)s::text []) and account_exports.member <> ''
order by account_exports.export_sha256, account_exports.member;
