-- Puts cleaned texts into a row of account_anomalies; one row.
-- Parameters: account text, day date, kind text, subject text, texts jsonb.
update account_anomalies
set
    details = given.details,
    note = given.note
from jsonb_populate_record(null::account_anomalies, %(texts)s::jsonb) as given
where
    account_anomalies.account = %(account)s::text
    and account_anomalies.day = %(day)s::date
    and account_anomalies.kind = %(kind)s::text
    and account_anomalies.subject = %(subject)s::text
returning account_anomalies.account;
