-- The latest stored videos of some creators of the roster; one row per creator who has any. plays and posted_at go together, the
-- latest first. Parameters: user_ids text[].
select
    creators.user_id,
    known.plays,
    known.posted_at
from creators
-- part: videos/latest
where creators.user_id = any(%(user_ids)s::text []) and known.plays is not null;
