-- Tells who of a saved search was never in it before, of those who were observed on the day; one row per newcomer.
-- Parameters: wish_id bigint, user_ids text[], day date.
insert into alerts_told (wish_id, user_id, kind, day, follower_count)
select
    %(wish_id)s::bigint,
    standings.user_id,
    'newcomer',
    %(day)s::date,
    standings.follower_count
from may_be_told(%(user_ids)s::text []) as found (user_id)
inner join standings on found.user_id = standings.user_id
where
    standings.day = %(day)s::date
    and not standings.is_estimated
    and not exists (
        select from alerts_told as earlier
        where
            earlier.wish_id = %(wish_id)s::bigint
            and earlier.user_id = standings.user_id
            and earlier.kind = 'newcomer'
    )
on conflict do nothing
returning alert_id;
