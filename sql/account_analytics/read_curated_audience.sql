-- What audience_insights has of some accounts, to be compared with what is staged;
-- one row per account: its rows as lines of CSV, in which a backslash stands for one more. Parameters: accounts text[].
select
    rows.account,
    string_agg(trim(both '()' from rows::text), chr(10)) as lines
from (
    select
        kept.account,
        kept.day,
        kept.hour,
        kept.kind,
        kept.bucket,
        kept.share,
        kept.followers,
        kept.member,
        kept.line,
        kept.is_made_up
    from audience_insights as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
