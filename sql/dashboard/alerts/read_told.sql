-- What a person was last told, the latest first; one row per event. Nobody of whom nobody may be told any more.
-- Parameters: reader text, most int.
select
    told.alert_id,
    told.user_id,
    told.kind,
    told.day,
    told.value,
    told.bar,
    told.follower_count,
    told.over_on,
    told.mailed_at,
    told.posted_at,
    told.watched,
    told.status,
    told.search_name,
    told.handle,
    told.looks_bought
from alerts_tellable as told
where told.reader = %(reader)s::text
order by told.day desc, told.alert_id desc
limit %(most)s::integer;
