-- Videos that came through once and should come again: one row per video, newest first.
-- Parameters: is_made_up boolean, most integer.
select
    video_id,
    url,
    author
from videos
where gone_at is null and is_made_up = %(is_made_up)s::boolean
order by processed_at desc nulls last, video_id
limit %(most)s::integer;
