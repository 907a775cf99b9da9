-- Contacts that a creator's latest profile states; one row per contact. Parameters: user_id text.
select
    contacts.user_id,
    creators.handle,
    contacts.kind,
    contacts.contact,
    contacts.found_in,
    contacts.seen_at
from creator_contacts as contacts
inner join creators on contacts.user_id = creators.user_id
where contacts.user_id = %(user_id)s::text
order by contacts.kind, contacts.contact;
