-- Tells what of creators whom a wish watches is over its bar on a day; one row per event. Not what goes on since it was told, and
-- not what was told of a later day or ended on this one: a day that is worked out again tells nothing twice.
-- Parameters: wish_id bigint, user_ids text[], day date.
insert into alerts_told (wish_id, user_id, kind, day, value, bar, follower_count)
select
    %(wish_id)s::bigint,
    readings.user_id,
    readings.kind,
    %(day)s::date,
    readings.value,
    readings.bar,
    readings.follower_count
from alert_readings(%(wish_id)s::bigint, %(user_ids)s::text [], %(day)s::date) as readings
where
    readings.is_over
    and not exists (
        select from alerts_told as earlier
        where
            earlier.wish_id = %(wish_id)s::bigint
            and earlier.user_id = readings.user_id
            and earlier.kind = readings.kind
            and (earlier.over_on is null or earlier.over_on >= %(day)s::date or earlier.day >= %(day)s::date)
    )
on conflict do nothing
returning alert_id;
