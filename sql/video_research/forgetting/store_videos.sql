-- Puts cleaned texts into a row of videos; one row.
-- Parameters: video_id text, texts jsonb.
update videos
set
    url = given.url,
    title = given.title,
    transcript = given.transcript,
    ocr_text = given.ocr_text,
    caption = given.caption,
    hashtags = given.hashtags,
    counts = given.counts
from jsonb_populate_record(null::videos, %(texts)s::jsonb) as given
where
    videos.video_id = %(video_id)s::text
returning videos.video_id;
