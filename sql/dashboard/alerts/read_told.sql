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
    wishes.watched,
    wishes.status,
    saved.name as search_name,
    creators.handle,
    coalesce(standings.looks_bought, false) as looks_bought
from alerts_told as told
inner join alert_wishes as wishes on told.wish_id = wishes.wish_id
inner join creators on told.user_id = creators.user_id
left join standings on told.user_id = standings.user_id
left join saved_searches as saved
    on wishes.search_id = saved.search_id and (saved.owner = wishes.reader or saved.is_shared)
where
    wishes.reader = %(reader)s::text
    and not told.is_known
    and (wishes.watched <> 'search' or saved.search_id is not null)
    and told.user_id in (select allowed.user_id from may_be_told(array[told.user_id]) as allowed (user_id))
order by told.day desc, told.alert_id desc
limit %(most)s::integer;
