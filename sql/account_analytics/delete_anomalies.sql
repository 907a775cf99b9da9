-- Removes anomalies of accounts that are no longer seen; one row each. What somebody acknowledged or noted is kept.
-- Parameters: accounts text[], rows json (an array of those that are seen).
delete from account_anomalies as kept
where
    kept.account = any(%(accounts)s::text [])
    and kept.acknowledged_at is null
    and not exists (
        select from json_populate_recordset(null::account_anomalies, %(rows)s::json) as given
        where
            given.account = kept.account
            and given.day = kept.day
            and given.kind = kept.kind
            and given.subject = kept.subject
    );
