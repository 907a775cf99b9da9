-- A consent and a login of an account that TikTok refuses, where those of another account that becomes part of it still count:
-- they make room; one row with the numbers removed. Parameters: account text, other text.
with
tokens as (
    delete from account_tokens
    where
        account_tokens.account = %(account)s::text
        and account_tokens.refused_at is not null
        and exists (
            select from account_tokens as others
            where others.account = %(other)s::text and others.refused_at is null
        )
    returning account_tokens.account
),

logins as (
    delete from account_browser_states
    where
        account_browser_states.account = %(account)s::text
        and account_browser_states.refused_at is not null
        and exists (
            select from account_browser_states as others
            where others.account = %(other)s::text and others.refused_at is null
        )
    returning account_browser_states.account
)

select
    (select count(*) from tokens) as tokens,
    (select count(*) from logins) as logins;
