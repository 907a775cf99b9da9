-- An account is staged as of a moment; what came in after it still waits; one row. Parameters: account text,
-- stale_since timestamptz, is_changed boolean.
update accounts
set
    stale_since = case when accounts.stale_since = %(stale_since)s::timestamptz then null else accounts.stale_since end,
    uncurated_since = case
        when %(is_changed)s::boolean then clock_timestamp()
        else accounts.uncurated_since
    end
where accounts.account = %(account)s::text
returning accounts.account;
