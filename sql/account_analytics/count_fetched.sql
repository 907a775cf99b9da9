-- Accounts that a run fetched, or wanted to: by what, what was taken in, and what kept it away; one row each.
-- Parameters: run_id text, day date, accounts text[] (the run's; empty: all).
select
    sources.account,
    sources.via,
    accounts.is_made_up,
    sources.came_to,
    sources.failure,
    count(distinct files.export_sha256) as files
from account_sources as sources
inner join accounts on sources.account = accounts.account
left join account_exports as files
    on
        sources.account = files.account
        and files.run_id = %(run_id)s::text
        and files.source = sources.via
        and files.member = ''
where
    sources.asked_on = %(day)s::date
    and (%(accounts)s::text [] = '{}' or sources.account = any(%(accounts)s::text []))
group by sources.account, sources.via, accounts.is_made_up, sources.came_to, sources.failure
order by sources.account;
