-- Refused files that still lie in the drop folder, where made-up ones never lay; one row each.
select
    account_drop_files.drop_path,
    files.state,
    files.reason
from account_drop_files
inner join account_exports as files
    on account_drop_files.export_sha256 = files.export_sha256 and files.member = ''
where
    account_drop_files.archive_key is null
    and files.state in ('refused', 'quarantined')
    and not files.is_made_up
order by account_drop_files.drop_path;
