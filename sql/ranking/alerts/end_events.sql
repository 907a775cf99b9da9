-- Ends what a wish told and what goes on, where the value of a day is clearly below the bar: from the next day on the same may be
-- told again; one row per event ended. Also of those whom the wish does not watch any more. Parameters: wish_id bigint, day date.
update alerts_told as told
set over_on = %(day)s::date
from alert_readings(
    %(wish_id)s::bigint,
    array(
        select going_on.user_id
        from alerts_told as going_on
        where going_on.wish_id = %(wish_id)s::bigint and going_on.over_on is null and going_on.kind <> 'newcomer'
    ),
    %(day)s::date
) as readings
where
    told.wish_id = %(wish_id)s::bigint
    and told.user_id = readings.user_id
    and told.kind = readings.kind
    and told.over_on is null
    and told.day < %(day)s::date
    and readings.is_clear
returning told.alert_id;
