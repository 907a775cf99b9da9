-- What came of a visit; one row, or none: it had ended, or its account is gone. Parameters: visit_id bigint, now timestamptz
-- (NULL: the server's), result text, tab text, step text, language text, screenshots text[].
update account_browser_log
set
    ended_at = coalesce(%(now)s::timestamptz, clock_timestamp()),
    result = %(result)s::text,
    tab = %(tab)s::text,
    step = %(step)s::text,
    language = %(language)s::text,
    screenshots = %(screenshots)s::text []
where account_browser_log.visit_id = %(visit_id)s::bigint and account_browser_log.ended_at is null
returning account_browser_log.visit_id;
