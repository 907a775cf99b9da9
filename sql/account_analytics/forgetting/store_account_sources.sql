-- Puts cleaned texts into a row of account_sources; one row. Parameters: account text, texts jsonb.
update account_sources
set failure = given.failure
from jsonb_populate_record(null::account_sources, %(texts)s::jsonb) as given
where account_sources.account = %(account)s::text
returning account_sources.account;
