-- Videos of a person that may have files in the store: theirs, and those whose removal an interrupted erasure left; one row each.
-- Parameters: user_id text, subjects, handles text[] (lower case).
select found.video_id
from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as found (video_id)
where
    exists (select from videos where videos.video_id = found.video_id)
    or exists (select from research_videos where research_videos.video_id = found.video_id)
union
select media_removals.video_id
from media_removals
where
    media_removals.reason = 'erasure'
    and exists (select from erasures_under_way as under_way where under_way.user_id = %(user_id)s::text)
order by 1;
