-- Lets one of many renew the tokens of an account, and notes that it begins before anything is asked: one row, none when
-- somebody else has renewed them or is at it. Parameters: account text, version int, owner text, seconds float.
with
before as (
    select
        tokens.account,
        tokens.begun_at
    from account_tokens as tokens
    where
        tokens.account = %(account)s::text
        and tokens.version = %(version)s::integer
        and tokens.refused_at is null
        and (
            tokens.leased_until is null
            or tokens.leased_until < clock_timestamp()
            or tokens.leased_by = %(owner)s::text
        )
    for update
)

update account_tokens as tokens
set
    leased_by = %(owner)s::text,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    begun_at = clock_timestamp()
from before
where tokens.account = before.account
returning tokens.refresh_tokens, before.begun_at as lost_at;
