-- What is said of some creators of the roster, and whom of them a person starred; one row per creator, those of whom nothing is
-- said too. Parameters: user_ids text[], reader text.
select
    creators.user_id,
    creators.handle,
    kept.status,
    coalesce(kept.note, '') as note,
    coalesce(kept.tags, '{}') as tags,
    coalesce(kept.version, 0) as version,
    kept.changed_by,
    kept.changed_at,
    stars.user_id is not null as is_starred
from creators
left join shortlist as kept on creators.user_id = kept.user_id
left join shortlist_stars as stars on creators.user_id = stars.user_id and stars.reader = %(reader)s::text
where creators.user_id = any(%(user_ids)s::text []);
