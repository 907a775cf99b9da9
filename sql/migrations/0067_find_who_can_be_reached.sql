-- The ranking can be narrowed to who says where they can be reached.

alter table standings add column contacts text [] not null default '{}';
comment on column standings.contacts is
'The kinds of contacts that their latest profile states (email, instagram, link, youtube), in the order of the letters';

update standings
set contacts = stated.kinds
from (
    select
        contacts.user_id,
        array_agg(distinct contacts.kind order by contacts.kind) as kinds
    from creator_contacts as contacts
    where contacts.kind <> 'category'
    group by contacts.user_id
) as stated
where standings.user_id = stated.user_id;

-- It stays while many rows are written: of so few words it costs nothing to keep.
create index standings_contacts on standings using gin (contacts);
