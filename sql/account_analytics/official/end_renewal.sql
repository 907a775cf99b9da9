-- Gives a lease back without tokens; one row, none for a lease that is somebody else's. With a code TikTok refused all refresh
-- tokens. Parameters: account text, version int, owner text, code int (NULL: it may be tried again), is_answered bool (whether
-- TikTok's answer is known: then no tokens can be lost by it), lost_at timestamptz (of an earlier renewal that never ended).
update account_tokens as tokens
set
    leased_by = null,
    leased_until = null,
    begun_at = case when %(is_answered)s::boolean then %(lost_at)s::timestamptz else tokens.begun_at end,
    refused_at = case when %(code)s::integer is not null then clock_timestamp() end,
    refused_code = %(code)s::integer,
    lost_at = case when %(code)s::integer is not null then %(lost_at)s::timestamptz end
where
    tokens.account = %(account)s::text
    and tokens.version = %(version)s::integer
    and tokens.leased_by = %(owner)s::text
returning tokens.account;
