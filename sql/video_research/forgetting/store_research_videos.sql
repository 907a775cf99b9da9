-- Puts cleaned texts into a row of research_videos; one row.
-- Parameters: video_id text, texts jsonb.
update research_videos
set
    url = given.url,
    reason = given.reason,
    folder = given.folder
from jsonb_populate_record(null::research_videos, %(texts)s::jsonb) as given
where
    research_videos.video_id = %(video_id)s::text
returning research_videos.video_id;
