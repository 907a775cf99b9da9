-- Contacts that a creator's latest profile states; one row per contact. Parameters: user_id text.
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
where contacts.user_id = %(user_id)s::text
order by contacts.kind, contacts.contact;
