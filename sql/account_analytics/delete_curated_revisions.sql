-- Removes rows of account_revisions that are no longer true; each is one revised number.
-- Parameters: rows json (an array of objects with its key).
delete from account_revisions as kept
using json_populate_recordset(null::account_revisions, %(rows)s::json) as given
where
    kept.account = given.account
    and kept.day = given.day
    and kept.subject = given.subject
    and kept.metric = given.metric
    and kept.old_member = given.old_member
    and kept.new_member = given.new_member;
