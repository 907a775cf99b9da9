-- Contacts that profiles last seen on some days state; one row per contact. Parameters: first_day date, day_after date (not
-- included).
select
    contacts.user_id,
    creators.handle,
    contacts.kind,
    contacts.contact,
    contacts.found_in,
    contacts.seen_at
from creator_contacts as contacts
inner join creators on contacts.user_id = creators.user_id
where
    contacts.seen_at >= %(first_day)s::date::timestamp at time zone 'utc'
    and contacts.seen_at < %(day_after)s::date::timestamp at time zone 'utc'
order by contacts.user_id, contacts.kind, contacts.contact;
