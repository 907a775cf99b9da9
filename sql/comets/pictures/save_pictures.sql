-- Keeps small copies of pictures, or why there is none, in place of what was kept before; one row out per picture changed. A
-- refusal puts no copy out. Parameters: days int (for which a copy is kept), refused_days int (for which a refused one is not
-- asked for again), and arrays of the same length: user_ids, video_ids (each picture once; an empty one: the avatar), images,
-- refused, widths, heights, detectors, face_percents, face_scores, face_lefts, face_tops, face_widths, face_heights.
insert into pictures as kept (
    user_id, video_id, image, refused, width, height, detector, face_percent, face_score, face_left, face_top, face_width,
    face_height, expires_at
)
select
    given.user_id,
    given.video_id,
    given.image,
    given.refused,
    given.width,
    given.height,
    given.detector,
    given.face_percent,
    given.face_score,
    given.face_left,
    given.face_top,
    given.face_width,
    given.face_height,
    now() + make_interval(
        days => case when given.image is null then %(refused_days)s::integer else %(days)s::integer end
    )
from unnest(
    %(user_ids)s::text [],
    %(video_ids)s::text [],
    %(images)s::bytea [],
    %(refused)s::text [],
    %(widths)s::integer [],
    %(heights)s::integer [],
    %(detectors)s::text [],
    %(face_percents)s::numeric [],
    %(face_scores)s::numeric [],
    %(face_lefts)s::float8 [],
    %(face_tops)s::float8 [],
    %(face_widths)s::float8 [],
    %(face_heights)s::float8 []
) as given (
    user_id, video_id, image, refused, width, height, detector, face_percent, face_score, face_left, face_top, face_width,
    face_height
)
order by given.user_id, given.video_id
on conflict (user_id, video_id) do update
    set
        picture_id = gen_random_uuid(),
        image = excluded.image,
        refused = excluded.refused,
        width = excluded.width,
        height = excluded.height,
        detector = excluded.detector,
        face_percent = excluded.face_percent,
        face_score = excluded.face_score,
        face_left = excluded.face_left,
        face_top = excluded.face_top,
        face_width = excluded.face_width,
        face_height = excluded.face_height,
        fetched_at = now(),
        expires_at = excluded.expires_at
    where excluded.image is not null or kept.image is null or kept.expires_at <= now()
returning kept.user_id;
