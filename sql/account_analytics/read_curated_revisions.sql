-- What account_revisions has of some accounts, to be compared with what is staged;
-- one row per account: its rows as lines of CSV, in which a backslash stands for one more. Parameters: accounts text[].
select
    rows.account,
    string_agg(trim(both '()' from rows::text), chr(10)) as lines
from (
    select
        kept.account,
        kept.day,
        kept.subject,
        kept.metric,
        kept.old_value,
        kept.new_value,
        kept.old_member,
        kept.old_line,
        kept.new_member,
        kept.new_line,
        kept.is_made_up
    from account_revisions as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
