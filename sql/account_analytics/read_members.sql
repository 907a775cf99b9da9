-- The reports of a file and where the file lies; one row per report. Parameters: export_sha256 text.
select
    account_exports.*,
    files.landing_key as file_key,
    files.file_name as export_name
from account_exports
inner join account_exports as files
    on account_exports.export_sha256 = files.export_sha256 and files.member = ''
where account_exports.export_sha256 = %(export_sha256)s::text and account_exports.member <> ''
order by account_exports.member;
