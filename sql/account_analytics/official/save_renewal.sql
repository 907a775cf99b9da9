-- Keeps what a renewal brought; one row, none when the account is gone. The refresh token that was used stays behind the new one.
-- It takes back what another worker, whose token was used up by it, said of them meanwhile.
-- Where somebody else's renewal counts already, this one's refresh token is kept behind theirs. Parameters: account text,
-- version int (that was renewed), owner text, scopes text[] (empty: as they were), access_token bytea, access_seconds float,
-- refresh_token bytea, refresh_seconds float (0: as it was), used bytea.
update account_tokens as tokens
set
    access_token = case when counts.it then %(access_token)s::bytea else tokens.access_token end,
    access_expires_at = case
        when counts.it then clock_timestamp() + make_interval(secs => %(access_seconds)s::float8)
        else tokens.access_expires_at
    end,
    refresh_tokens = case
        when counts.it then array[%(refresh_token)s::bytea, %(used)s::bytea]
        else (tokens.refresh_tokens || %(refresh_token)s::bytea) [1:4]
    end,
    refresh_expires_at = case
        when counts.it and %(refresh_seconds)s::float8 > 0
            then clock_timestamp() + make_interval(secs => %(refresh_seconds)s::float8)
        else tokens.refresh_expires_at
    end,
    scopes = case
        when counts.it and cardinality(%(scopes)s::text []) > 0 then %(scopes)s::text []
        else tokens.scopes
    end,
    version = tokens.version + counts.it::integer,
    renewed_at = case when counts.it then clock_timestamp() else tokens.renewed_at end,
    begun_at = case when counts.it then null else tokens.begun_at end,
    lost_at = case when counts.it then null else tokens.lost_at end,
    refused_at = case when counts.it then null else tokens.refused_at end,
    refused_code = case when counts.it then null else tokens.refused_code end,
    leased_by = case when tokens.leased_by <> %(owner)s::text then tokens.leased_by end,
    leased_until = case when tokens.leased_by <> %(owner)s::text then tokens.leased_until end
from (
    select
        known.account,
        known.version = %(version)s::integer as it
    from account_tokens as known
    where known.account = %(account)s::text
    for update
) as counts
where tokens.account = counts.account
returning tokens.version;
