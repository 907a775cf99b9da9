-- Accounts with a connection, as the last run found them; of their tokens and of how somebody is logged in for a browser, all but
-- what is secret; one row each.
select
    sources.account,
    accounts.is_made_up,
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
    logins.logged_in_at,
    logins.ends_at as login_ends_at,
    logins.refused_at as login_refused_at,
    clock_timestamp() as now
from account_sources as sources
inner join accounts on sources.account = accounts.account
left join account_tokens as tokens on sources.account = tokens.account
left join account_browser_states as logins on sources.account = logins.account
order by sources.account;
