-- Removes rows of viral_content that are no longer true; each is one video and day on which it went viral.
-- Parameters: rows json (an array of objects with its key).
delete from viral_content as kept
using json_populate_recordset(null::viral_content, %(rows)s::json) as given
where
    kept.account = given.account
    and kept.video_id = given.video_id
    and kept.day = given.day;
