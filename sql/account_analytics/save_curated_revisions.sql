-- Writes rows of account_revisions that are new, or not as they were; each is one revised number.
-- Parameters: rows json (an array of them; objects inside are given as text).
insert into account_revisions (
    account,
    day,
    subject,
    metric,
    old_member,
    new_member,
    old_value,
    new_value,
    old_line,
    new_line,
    is_made_up
)
select
    given.account,
    given.day,
    given.subject,
    given.metric,
    given.old_member,
    given.new_member,
    given.old_value,
    given.new_value,
    given.old_line,
    given.new_line,
    given.is_made_up
from json_populate_recordset(null::account_revisions, %(rows)s::json) as given
on conflict (account, day, subject, metric, old_member, new_member) do update set
    old_value = excluded.old_value,
    new_value = excluded.new_value,
    old_line = excluded.old_line,
    new_line = excluded.new_line,
    is_made_up = excluded.is_made_up;
