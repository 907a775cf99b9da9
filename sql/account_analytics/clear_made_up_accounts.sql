-- Removes made-up accounts with all that was computed of them; one that real files came for stays as theirs; one row per account
-- that was touched.
with
gone as (
    delete from accounts
    where
        accounts.is_made_up
        and not exists (select from account_exports where account_exports.account = accounts.account)
    returning accounts.account
),

kept as (
    update accounts
    set
        is_made_up = false,
        stale_since = clock_timestamp()
    where
        accounts.is_made_up
        and exists (select from account_exports where account_exports.account = accounts.account)
    returning accounts.account
)

select gone.account from gone
union all
select kept.account from kept;
