-- The zone that an account's hours are shown in; one row, or none where nothing changed.
-- Parameters: account text, time_zone text.
update accounts
set time_zone = %(time_zone)s::text
where accounts.account = %(account)s::text and accounts.time_zone is distinct from %(time_zone)s::text
returning accounts.account;
