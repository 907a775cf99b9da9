-- Puts cleaned texts into a row of account_quality; one row.
-- Parameters: account text, run_id text, texts jsonb.
update account_quality
set offenders = given.offenders
from jsonb_populate_record(null::account_quality, %(texts)s::jsonb) as given
where
    account_quality.account = %(account)s::text
    and account_quality.run_id = %(run_id)s::text
returning account_quality.account;
