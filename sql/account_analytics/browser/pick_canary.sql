-- The account with which it is looked whether the page is as it was: which a browser fetches by its connection, whose login
-- still holds, and which was longest not looked with; one row, or none.
select account_browser_states.account
from account_browser_states
inner join account_sources on account_browser_states.account = account_sources.account
where account_browser_states.refused_at is null and account_sources.via = 'browser'
order by
    (
        select max(account_browser_log.starts_at)
        from account_browser_log
        where
            account_browser_log.account = account_browser_states.account
            and account_browser_log.purpose = 'canary'
    ) nulls first,
    account_browser_states.account
limit 1;
