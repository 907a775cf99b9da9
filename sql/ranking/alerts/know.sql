-- Notes who is in a saved search already, so that none of them is a newcomer; one row per creator. Parameters: wish_id bigint,
-- user_ids text[], day date.
insert into alerts_told (wish_id, user_id, kind, day, is_known)
select
    %(wish_id)s::bigint,
    given.user_id,
    'newcomer',
    %(day)s::date,
    true
from unnest(%(user_ids)s::text []) as given (user_id)
where not exists (
    select from alerts_told as earlier
    where
        earlier.wish_id = %(wish_id)s::bigint
        and earlier.user_id = given.user_id
        and earlier.kind = 'newcomer'
)
on conflict do nothing
returning alert_id;
