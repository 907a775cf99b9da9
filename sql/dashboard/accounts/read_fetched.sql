-- Accounts with a connection, as the last run found them, and of their tokens all but the tokens; one row each.
select
    sources.account,
    sources.via,
    sources.connection,
    sources.seen_at,
    sources.came_at,
    sources.came_to,
    sources.failed_at,
    sources.failure,
    tokens.scopes,
    tokens.authorized_at,
    tokens.renewed_at,
    tokens.refresh_expires_at,
    tokens.refused_at,
    clock_timestamp() as now
from account_sources as sources
left join account_tokens as tokens on sources.account = tokens.account
order by sources.account;
