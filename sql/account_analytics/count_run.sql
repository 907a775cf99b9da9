-- What came of files and reports at each step of a run; one row per step and result. Parameters: run_id text.
select
    account_outcomes.step,
    account_outcomes.result,
    count(*) filter (where account_outcomes.member = '') as files,
    count(*) filter (where account_outcomes.member <> '') as reports,
    coalesce(sum(account_outcomes.rows_in), 0)::bigint as rows_in,
    coalesce(sum(account_outcomes.rows_out), 0)::bigint as rows_out,
    coalesce(sum(account_outcomes.rows_refused), 0)::bigint as rows_refused
from account_outcomes
where account_outcomes.run_id = %(run_id)s::text
group by account_outcomes.step, account_outcomes.result
order by account_outcomes.step, account_outcomes.result;
