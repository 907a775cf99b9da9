-- What was told and not sent yet on a channel, for those who want it there; one row per event, by person, the latest day first.
-- Of the last days alone, and by wishes that are in force: as `read_wishes` has it. Nobody of whom nobody may be told any more.
-- Parameters: channel text (mail or webhook), first_day date, seen_since date.
select
    told.alert_id,
    told.user_id,
    told.kind,
    told.day,
    told.value,
    told.bar,
    told.follower_count,
    wishes.reader,
    readers.address,
    readers.seen_on,
    wishes.watched,
    wishes.status,
    saved.name as search_name,
    creators.handle,
    coalesce(standings.looks_bought, false) as looks_bought
from alerts_told as told
inner join alert_wishes as wishes on told.wish_id = wishes.wish_id
inner join alert_readers as readers on wishes.reader = readers.reader
inner join creators on told.user_id = creators.user_id
left join standings on told.user_id = standings.user_id
left join saved_searches as saved
    on wishes.search_id = saved.search_id and (saved.owner = wishes.reader or saved.is_shared)
where
    told.day >= %(first_day)s::date
    and not told.is_known
    and case %(channel)s::text
        when 'mail' then told.mailed_at is null and readers.address is not null
        when 'webhook' then told.posted_at is null and readers.on_webhook
        else false
    end
    and readers.seen_on >= %(seen_since)s::date
    and not wishes.is_paused
    and (wishes.watched <> 'search' or saved.search_id is not null)
    and told.user_id in (select allowed.user_id from may_be_told(array[told.user_id]) as allowed (user_id))
order by
    wishes.reader collate ucs_basic,
    told.day desc,
    told.user_id,
    told.kind,
    told.bar desc nulls last,
    told.alert_id;
