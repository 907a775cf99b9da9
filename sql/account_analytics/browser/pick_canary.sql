-- The account with which it is looked whether the page is as it was: whose login still holds, and was longest not looked
-- with; one row, or none.
select account_browser_states.account
from account_browser_states
where account_browser_states.refused_at is null
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
