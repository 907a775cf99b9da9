-- Until when a video is held by a task; no row when nobody holds it. Parameters: video_id text.
select video.held_until
from research_videos as video
where video.video_id = %(video_id)s::text and video.holder is not null;
