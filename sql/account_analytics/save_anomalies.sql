-- Stores anomalies, each once; one row per account, day, kind and subject. When it was first seen and who acknowledged it stay.
-- Parameters: rows json (an array; details are given as text).
insert into account_anomalies (
    account,
    day,
    kind,
    subject,
    value,
    expected_low,
    expected_high,
    details,
    is_made_up
)
select
    given.account,
    given.day,
    given.kind,
    given.subject,
    given.value,
    given.expected_low,
    given.expected_high,
    coalesce((given.details #>> '{}')::jsonb, '{}'),
    given.is_made_up
from json_populate_recordset(null::account_anomalies, %(rows)s::json) as given
on conflict (account, day, kind, subject) do update set
    value = excluded.value,
    expected_low = excluded.expected_low,
    expected_high = excluded.expected_high,
    details = excluded.details,
    is_made_up = excluded.is_made_up
where
    (
        account_anomalies.value,
        account_anomalies.expected_low,
        account_anomalies.expected_high,
        account_anomalies.details,
        account_anomalies.is_made_up
    ) is distinct from (
        excluded.value, excluded.expected_low, excluded.expected_high, excluded.details, excluded.is_made_up
    );
