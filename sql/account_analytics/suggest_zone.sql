-- The time zone that the newest follower activity of an account points to; one row where it is the newest.
-- Parameters: account text, zone text, exported_at timestamptz.
update accounts
set suggested_time_zone = %(zone)s::text
where
    accounts.account = %(account)s::text
    and not exists (
        select from account_exports
        where
            account_exports.account = accounts.account
            and account_exports.report = 'follower_activity'
            and account_exports.exported_at > %(exported_at)s::timestamptz
    )
returning accounts.account;
