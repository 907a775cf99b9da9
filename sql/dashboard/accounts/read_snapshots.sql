-- Every snapshot of a video, the newest first; one row each. Parameters: account text, video_id text.
select content.*
from content_performance as content
where content.account = %(account)s::text and content.video_id = %(video_id)s::text
order by content.snapshot_day desc;
