-- The removal that waits longest and that nobody has in hand, held until the transaction ends; one row, or none.
-- Parameters: reason text (null for any).
select
    media_removals.video_id,
    media_removals.prefix,
    media_removals.folder,
    media_removals.reason
from media_removals
where %(reason)s::text is null or media_removals.reason = %(reason)s::text
order by media_removals.asked_at, media_removals.video_id
limit 1
for update skip locked;
