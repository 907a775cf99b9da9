-- New reports that another account has already, and that no two accounts can have; one row each, with the other account.
select
    reports.export_sha256,
    reports.member,
    reports.member_sha256,
    reports.file_name,
    reports.account,
    reports.is_made_up,
    min(others.account) as other
from account_exports as reports
inner join account_exports as others
    on
        reports.member_sha256 = others.member_sha256
        and reports.account <> others.account
        and others.state in ('landed', 'raw', 'staged', 'waiting')
        and (others.state <> 'landed' or (others.landed_at, others.export_sha256) < (reports.landed_at, reports.export_sha256))
where reports.member <> '' and reports.state = 'landed' and reports.is_telling
group by
    reports.export_sha256, reports.member, reports.member_sha256, reports.file_name, reports.account, reports.is_made_up
order by reports.export_sha256, reports.member;
