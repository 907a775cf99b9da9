-- Files that are nobody's yet and hold a report that is one account's elsewhere; one row per file, with that account.
select
    files.export_sha256,
    files.file_name,
    files.reason_code,
    files.waits_for,
    min(others.account) as account
from account_exports as files
inner join account_exports as reports
    on files.export_sha256 = reports.export_sha256 and reports.member <> ''
inner join account_exports as others
    on
        reports.member_sha256 = others.member_sha256
        and others.account is not null
        and others.state not in ('quarantined', 'refused')
where
    files.member = ''
    and files.account is null
    and files.state in ('landed', 'raw', 'waiting')
    and reports.is_telling
group by files.export_sha256, files.file_name, files.reason_code, files.waits_for
having count(distinct others.account) = 1
order by files.export_sha256;
