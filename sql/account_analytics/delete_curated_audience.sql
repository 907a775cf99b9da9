-- Removes rows of audience_insights that are no longer true; each is one bucket of an audience.
-- Parameters: rows json (an array of objects with its key).
delete from audience_insights as kept
using json_populate_recordset(null::audience_insights, %(rows)s::json) as given
where
    kept.account = given.account
    and kept.day = given.day
    and kept.hour = given.hour
    and kept.kind = given.kind
    and kept.bucket = given.bucket;
