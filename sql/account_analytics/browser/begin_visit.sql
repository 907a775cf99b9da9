-- A claimed visit begins; one row, or none: it was given up, has begun, or its turn is over.
-- Parameters: visit_id bigint, now timestamptz (NULL: the server's), late_seconds float8 (for which a turn is held).
update account_browser_log
set begun_at = coalesce(%(now)s::timestamptz, clock_timestamp())
where
    account_browser_log.visit_id = %(visit_id)s::bigint
    and account_browser_log.begun_at is null
    and account_browser_log.ended_at is null
    and account_browser_log.starts_at
    > coalesce(%(now)s::timestamptz, clock_timestamp()) - make_interval(secs => %(late_seconds)s::float8)
returning account_browser_log.visit_id;
