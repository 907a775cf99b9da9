-- What is known of a video before its download: its hit with the freshest signed address first; no row without a hit.
-- Parameters: video_id text.
select
    hits.query_id,
    hits.video_id,
    hits.url,
    hits.rank,
    hits.source,
    hits.handle,
    hits.title,
    hits.author_uid,
    hits.author_sec_uid,
    hits.posted_at,
    hits.plays,
    hits.duration_s,
    hits.play_url,
    hits.play_until
from research_hits as hits
where hits.video_id = %(video_id)s::text
order by hits.play_until desc nulls last, hits.found_at desc, hits.query_id
limit 1;
