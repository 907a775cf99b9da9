-- Puts cleaned texts into a row of video_passages; one row.
-- Parameters: video_id text, source text, number integer, texts jsonb.
update video_passages
set
    text = given.text
from jsonb_populate_record(null::video_passages, %(texts)s::jsonb) as given
where
    video_passages.video_id = %(video_id)s::text
    and video_passages.source = %(source)s::text
    and video_passages.number = %(number)s::integer
returning video_passages.video_id;
