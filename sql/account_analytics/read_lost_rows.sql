-- Reports that count and whose rows do not add up: what was read from it is neither staged nor refused; one row each.
-- Parameters: run_id text.
select
    account_outcomes.file_name,
    account_outcomes.member,
    account_outcomes.step,
    account_outcomes.rows_in,
    account_outcomes.rows_out,
    account_outcomes.rows_refused
from account_outcomes
where
    account_outcomes.run_id = %(run_id)s::text
    and account_outcomes.result = 'done'
    and account_outcomes.step in ('to_raw', 'to_staging')
    and account_outcomes.rows_in <> account_outcomes.rows_out + account_outcomes.rows_refused
order by account_outcomes.file_name, account_outcomes.member, account_outcomes.step;
