-- The tokens of an account, encrypted, and the server's clock; one row, none for an account whose owner did not let the app in.
-- Parameters: account text.
select
    tokens.business_id,
    tokens.scopes,
    tokens.access_token,
    tokens.access_expires_at,
    tokens.refresh_expires_at,
    tokens.version,
    tokens.refused_at,
    tokens.refused_code,
    tokens.lost_at,
    clock_timestamp() as now
from account_tokens as tokens
where tokens.account = %(account)s::text;
