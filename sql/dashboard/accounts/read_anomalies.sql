-- What is not as usual, first what nobody has acknowledged, the latest days first; one row
-- each. Parameters: account text, most int.
select
    anomalies.day,
    anomalies.kind,
    anomalies.subject,
    anomalies.value,
    anomalies.expected_low,
    anomalies.expected_high,
    anomalies.acknowledged_by,
    anomalies.acknowledged_at,
    anomalies.note
from account_anomalies as anomalies
where anomalies.account = %(account)s::text
order by anomalies.acknowledged_at is not null, anomalies.day desc, anomalies.kind, anomalies.subject
limit %(most)s::int;
