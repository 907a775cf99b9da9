-- Numbers that a newer download gave differently, the latest days first; one row each. Parameters: account text, most int.
select
    revisions.day,
    revisions.subject,
    revisions.metric,
    revisions.old_value,
    revisions.new_value,
    revisions.old_member,
    revisions.old_line,
    revisions.new_member,
    revisions.new_line
from account_revisions as revisions
where revisions.account = %(account)s::text
order by revisions.day desc, revisions.subject, revisions.metric, revisions.new_member
limit %(most)s::int;
