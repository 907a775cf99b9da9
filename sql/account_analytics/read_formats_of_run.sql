-- What the reports of a run were taken for; one row per format. Parameters: run_id text.
select
    account_exports.format,
    count(*) as reports
from account_outcomes
inner join account_exports
    on account_outcomes.export_sha256 = account_exports.export_sha256 and account_outcomes.member = account_exports.member
where
    account_outcomes.run_id = %(run_id)s::text
    and account_outcomes.step = 'to_raw'
    and account_outcomes.result = 'done'
group by account_exports.format
order by account_exports.format;
