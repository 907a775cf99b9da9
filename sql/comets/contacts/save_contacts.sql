-- Makes the contacts of creators what their latest profiles state; one row out per contact that is new or seen again. Who is not
-- on the roster, or has a later profile, is left as they are. Parameters: user_ids text[], seen_at timestamptz[] (parallel: whose
-- profiles they are, and when they came), stated_by text[], kinds text[], contacts text[], found_in text[] (parallel: what
-- these state).
with
latest as (
    select seen.*
    from unnest(%(user_ids)s::text [], %(seen_at)s::timestamptz []) as seen (user_id, seen_at)
    inner join creators on seen.user_id = creators.user_id and seen.seen_at = creators.last_updated_at
),

stated as (
    select
        given.*,
        latest.seen_at
    from unnest(
        %(stated_by)s::text [],
        %(kinds)s::text [],
        %(contacts)s::text [],
        %(found_in)s::text []
    ) as given (user_id, kind, contact, found_in)
    inner join latest on given.user_id = latest.user_id
),

gone as (
    delete from creator_contacts as kept
    using latest
    where
        kept.user_id = latest.user_id
        and not exists (
            select from stated
            where stated.user_id = kept.user_id and stated.kind = kept.kind and stated.contact = kept.contact
        )
),

marked as (
    update creators
    set has_contacts_read = true
    from latest
    where creators.user_id = latest.user_id and not creators.has_contacts_read
)

insert into creator_contacts as kept (user_id, kind, contact, found_in, seen_at)
select
    stated.user_id,
    stated.kind,
    stated.contact,
    stated.found_in,
    stated.seen_at
from stated
order by stated.user_id, stated.kind, stated.contact
on conflict (user_id, kind, contact) do update
    set
        found_in = excluded.found_in,
        seen_at = excluded.seen_at
    where (kept.found_in, kept.seen_at) is distinct from (excluded.found_in, excluded.seen_at)
returning kept.user_id;
