-- Removes made-up accounts with all that was computed of them, and what the sandbox's Accounts API said of them; one that real
-- files came for stays as theirs, without the way to the sandbox; one row per account that was touched.
with
calls as (
    delete from api_calls using account_tokens, accounts
    where
        account_tokens.account = accounts.account
        and accounts.is_made_up
        and api_calls.endpoint in ('tiktok/business/get', 'tiktok/business/video/list')
        and starts_with(api_calls.subject, 'business_id=' || account_tokens.business_id || '&')
    returning api_calls.call_id
),

tokens as (
    delete from account_tokens using accounts
    where account_tokens.account = accounts.account and accounts.is_made_up
    returning account_tokens.account
),

sources as (
    delete from account_sources using accounts
    where account_sources.account = accounts.account and accounts.is_made_up
    returning account_sources.account
),

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
