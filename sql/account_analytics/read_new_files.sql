-- The files a run looked at; one row each, with what came of it. Parameters: run_id text.
select
    account_outcomes.file_name,
    account_outcomes.result,
    account_outcomes.account,
    account_outcomes.taken_for,
    account_outcomes.reason,
    account_outcomes.export_sha256
from account_outcomes
where account_outcomes.run_id = %(run_id)s::text and account_outcomes.step = 'land' and account_outcomes.member = ''
order by account_outcomes.file_name, account_outcomes.export_sha256;
