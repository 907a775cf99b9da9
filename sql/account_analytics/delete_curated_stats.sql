-- Removes rows of social_media_stats that are no longer true; each is one day of an account.
-- Parameters: rows json (an array of objects with its key).
delete from social_media_stats as kept
using json_populate_recordset(null::social_media_stats, %(rows)s::json) as given
where
    kept.account = given.account
    and kept.date = given.date;
