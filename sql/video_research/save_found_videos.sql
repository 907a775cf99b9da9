-- Enters videos that nobody knew; one row out per new one. A photo post is skipped from the beginning.
-- Parameters: query_id text, run_id text, is_made_up boolean, and arrays of the same length: video_ids, urls, photos.
insert into research_videos (
    video_id, url, query_id, state, download_state, failure_kind, reason, is_permanent, run_id, is_made_up
)
select
    given.video_id,
    given.url,
    %(query_id)s::text,
    case when given.is_photo then 'skipped' else 'found' end,
    case when given.is_photo then 'skipped' else 'open' end,
    case when given.is_photo then 'photo_post' end,
    case when given.is_photo then 'a slideshow of photos: there is no video to read' end,
    given.is_photo,
    %(run_id)s::text,
    %(is_made_up)s::boolean
from unnest(%(video_ids)s::text [], %(urls)s::text [], %(photos)s::boolean []) as given (video_id, url, is_photo)
on conflict (video_id) do nothing
returning video_id;
