-- Files of the drop folder that are kept in the lake, whole: all their reports are read, or refused; one row per file.
select
    account_drop_files.drop_path,
    account_drop_files.size_bytes,
    account_drop_files.mtime_ns,
    files.export_sha256,
    files.landing_key,
    files.state
from account_drop_files
inner join account_exports as files
    on account_drop_files.export_sha256 = files.export_sha256 and files.member = ''
where
    account_drop_files.archive_key is null
    and files.landing_key is not null
    and not exists (
        select from account_exports as reports
        where
            reports.export_sha256 = files.export_sha256
            and reports.member <> ''
            and reports.state = 'landed'
            and reports.raw_key is null
    )
order by account_drop_files.drop_path;
