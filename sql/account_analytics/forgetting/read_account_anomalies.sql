-- Rows of account_anomalies in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_anomalies.account,
    account_anomalies.day,
    account_anomalies.kind,
    account_anomalies.subject,
    jsonb_build_object(
        'details', account_anomalies.details,
        'note', account_anomalies.note
    ) as texts
from account_anomalies
where
    lower(
        jsonb_build_array(
            account_anomalies.details,
            account_anomalies.note
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2, 3, 4;
