-- Removes rows of content_performance that are no longer true; each is one video and day of a download.
-- Parameters: rows json (an array of objects with its key).
delete from content_performance as kept
using json_populate_recordset(null::content_performance, %(rows)s::json) as given
where
    kept.account = given.account
    and kept.video_id = given.video_id
    and kept.snapshot_day = given.snapshot_day;
