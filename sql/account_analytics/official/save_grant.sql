-- Keeps the tokens of a consent, in place of any before; one row. Where it gives other permissions than the one before, all days
-- that TikTok still gives are asked for again. Parameters: account text, business_id text, scopes text[],
-- access_token bytea, access_seconds float, refresh_token bytea, refresh_seconds float.
with
other as (
    select tokens.account
    from account_tokens as tokens
    where tokens.account = %(account)s::text and not tokens.scopes @> %(scopes)s::text []
),

anew as (
    update account_sources as sources
    set asked_on = null, came_to = null
    from other
    where sources.account = other.account
    returning sources.account
)

insert into account_tokens as tokens (
    account, business_id, scopes, access_token, access_expires_at, refresh_tokens, refresh_expires_at
)
values (
    %(account)s::text,
    %(business_id)s::text,
    %(scopes)s::text [],
    %(access_token)s::bytea,
    clock_timestamp() + make_interval(secs => %(access_seconds)s::float8),
    array[%(refresh_token)s::bytea],
    clock_timestamp() + make_interval(secs => %(refresh_seconds)s::float8)
)
on conflict (account) do update
    set
        business_id = excluded.business_id,
        scopes = excluded.scopes,
        access_token = excluded.access_token,
        access_expires_at = excluded.access_expires_at,
        refresh_tokens = excluded.refresh_tokens,
        refresh_expires_at = excluded.refresh_expires_at,
        version = tokens.version + 1,
        authorized_at = clock_timestamp(),
        renewed_at = null,
        begun_at = null,
        lost_at = null,
        leased_by = null,
        leased_until = null,
        refused_at = null,
        refused_code = null
returning tokens.version;
