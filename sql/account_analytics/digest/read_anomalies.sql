-- Unusual days that were first seen since a moment and that nobody has acknowledged; one row each, the latest first.
-- Parameters: since timestamptz, most int.
select
    account_anomalies.account,
    account_anomalies.day,
    account_anomalies.kind,
    account_anomalies.value,
    account_anomalies.expected_low,
    account_anomalies.expected_high
from account_anomalies
where account_anomalies.first_seen >= %(since)s::timestamptz and account_anomalies.acknowledged_at is null
order by account_anomalies.day desc, account_anomalies.account, account_anomalies.kind
limit %(most)s::int;
