-- Puts cleaned texts into a row of research_hits; one row.
-- Parameters: query_id text, video_id text, texts jsonb.
update research_hits
set
    url = given.url,
    title = given.title,
    play_url = given.play_url
from jsonb_populate_record(null::research_hits, %(texts)s::jsonb) as given
where
    research_hits.query_id = %(query_id)s::text
    and research_hits.video_id = %(video_id)s::text
returning research_hits.query_id;
