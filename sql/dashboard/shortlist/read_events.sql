-- The changes of what is said of a creator, the latest first; one row each. Parameters: user_id text, most int.
select
    events.version,
    events.made_at,
    events.made_by,
    events.old_status,
    events.status,
    events.old_note,
    events.note,
    events.old_tags,
    events.tags
from shortlist_events as events
where events.user_id = %(user_id)s::text
order by events.version desc
limit %(most)s::integer;
