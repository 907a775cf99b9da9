-- Where a creator says they can be reached; one row per contact, addresses first. Parameters: user_id text.
select
    contacts.kind,
    contacts.contact,
    contacts.found_in,
    contacts.seen_at
from creator_contacts as contacts
where contacts.user_id = %(user_id)s::text
order by array_position(array['email', 'instagram', 'youtube', 'link', 'category'], contacts.kind), contacts.contact;
