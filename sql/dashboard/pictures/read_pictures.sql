-- The small copies there are of these avatars and covers, and what layer 3 saw on them; one row each, none without a copy.
-- Parameters: user_ids text[], video_ids text[] (as many; an empty one: the avatar).
select
    pictures.user_id,
    pictures.video_id,
    pictures.picture_id,
    pictures.width,
    pictures.height,
    pictures.detector,
    pictures.face_percent,
    pictures.face_score,
    pictures.face_left,
    pictures.face_top,
    pictures.face_width,
    pictures.face_height
from (
    select distinct
        given.user_id,
        given.video_id
    from unnest(%(user_ids)s::text [], %(video_ids)s::text []) as given (user_id, video_id)
) as asked
inner join pictures on asked.user_id = pictures.user_id and asked.video_id = pictures.video_id
where pictures.image is not null and pictures.expires_at > now();
