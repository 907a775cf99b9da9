-- A tab's download was handed over; one row, or none: the visit is gone. Parameters: visit_id bigint, tab text.
update account_browser_log
set tabs = account_browser_log.tabs || %(tab)s::text
where account_browser_log.visit_id = %(visit_id)s::bigint and not %(tab)s::text = any(account_browser_log.tabs)
returning account_browser_log.visit_id;
