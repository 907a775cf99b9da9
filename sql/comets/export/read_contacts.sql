-- Contacts that profiles last seen on some days state; one row per contact. Parameters: first_day date, day_after date (not
-- included).
select
    contacts.user_id,
    creators.handle,
    contacts.kind,
    contacts.contact,
    contacts.found_in,
    contacts.seen_at,
    listed.status as shortlist_status,
    nullif(listed.note, '') as shortlist_note,
    nullif(array_to_string(listed.tags, ', '), '') as shortlist_tags,
    listed.changed_by as shortlist_changed_by,
    listed.changed_at as shortlist_changed_at
from creator_contacts as contacts
inner join creators on contacts.user_id = creators.user_id
left join shortlist as listed on creators.user_id = listed.user_id
where
    contacts.seen_at >= %(first_day)s::date::timestamp at time zone 'utc'
    and contacts.seen_at < %(day_after)s::date::timestamp at time zone 'utc'
order by contacts.user_id, contacts.kind, contacts.contact;
