-- Rows of account_sources in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_sources.account,
    jsonb_build_object('failure', account_sources.failure) as texts
from account_sources
where lower(account_sources.failure collate ucs_basic) like any(%(word_needles)s::text [])
order by 1;
