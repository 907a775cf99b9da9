-- Puts cleaned texts into a row of account_outcomes; one row.
-- Parameters: run_id text, step text, export_sha256 text, member text, texts jsonb.
update account_outcomes
set reason = given.reason
from jsonb_populate_record(null::account_outcomes, %(texts)s::jsonb) as given
where
    account_outcomes.run_id = %(run_id)s::text
    and account_outcomes.step = %(step)s::text
    and account_outcomes.export_sha256 = %(export_sha256)s::text
    and account_outcomes.member = %(member)s::text
returning account_outcomes.run_id;
