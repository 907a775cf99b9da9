-- Who holds the refusal of a video by a layer for right, and why, the latest first; one row each. Parameters: user_id text,
-- video_id text, layer text.
select
    agreed.made_by,
    agreed.made_at,
    agreed.chosen_reason
from verdict_agreements as agreed
where
    agreed.user_id = %(user_id)s::text
    and agreed.video_id = %(video_id)s::text
    and agreed.layer = %(layer)s::text
order by agreed.made_at desc, agreed.made_by;
