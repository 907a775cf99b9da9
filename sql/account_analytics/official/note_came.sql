-- What was asked for on a day has come; one row. Parameters: account text, day date, came_to date (up to
-- which day nothing has to be asked for again; NULL: it is as it was).
update account_sources as sources
set
    came_at = clock_timestamp(),
    came_to = greatest(sources.came_to, %(came_to)s::date),
    failed_at = null,
    failure = null
where sources.account = %(account)s::text and sources.asked_on = %(day)s::date
returning sources.account;
