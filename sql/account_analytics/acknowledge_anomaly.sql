-- Somebody has seen an anomaly that nobody had acknowledged; one row, or none. Parameters: account text, day date, kind text,
-- subject text, who text, note text.
update account_anomalies
set
    acknowledged_by = %(who)s::text,
    acknowledged_at = clock_timestamp(),
    note = %(note)s::text
where
    account_anomalies.account = %(account)s::text
    and account_anomalies.day = %(day)s::date
    and account_anomalies.kind = %(kind)s::text
    and account_anomalies.subject = %(subject)s::text
    and account_anomalies.acknowledged_at is null
returning account_anomalies.account;
