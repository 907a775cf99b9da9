-- How an account is logged in at TikTok, encrypted; one row, or none. Parameters: account text.
select
    account_browser_states.state,
    account_browser_states.version,
    account_browser_states.refused_at
from account_browser_states
where account_browser_states.account = %(account)s::text;
