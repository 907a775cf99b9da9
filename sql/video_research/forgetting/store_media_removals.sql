-- Puts cleaned texts into a row of media_removals; one row.
-- Parameters: video_id text, texts jsonb.
update media_removals
set
    folder = given.folder,
    prefix = given.prefix
from jsonb_populate_record(null::media_removals, %(texts)s::jsonb) as given
where
    media_removals.video_id = %(video_id)s::text
returning media_removals.video_id;
