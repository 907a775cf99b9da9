-- What is said and shown in a video, and its caption, in the order of its seconds. Parameters: video_id text.
select
    passages.source,
    passages.number,
    passages.starts_s,
    passages.ends_s,
    passages.text,
    passages.probability
from video_passages as passages
where passages.video_id = %(video_id)s::text
order by passages.starts_s nulls first, passages.source, passages.number;
