-- Drops what was told and is over, of events that ended before a day, at most so many; one row per event. What goes on stays, so
-- that it is not told again. Parameters: before date, most int.
with
chosen as (
    select told.alert_id
    from alerts_told as told
    where told.over_on < %(before)s::date
    order by told.alert_id
    limit %(most)s::integer
)

delete from alerts_told as told
using chosen
where told.alert_id = chosen.alert_id
returning told.alert_id;
