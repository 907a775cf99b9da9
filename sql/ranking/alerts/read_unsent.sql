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
    told.reader,
    readers.address,
    readers.seen_on,
    told.watched,
    told.status,
    told.search_name,
    told.handle,
    told.looks_bought
from alerts_tellable as told
inner join alert_readers as readers on told.reader = readers.reader
where
    told.day >= %(first_day)s::date
    and case %(channel)s::text
        when 'mail' then told.mailed_at is null and readers.address is not null
        when 'webhook' then told.posted_at is null and readers.on_webhook
        else false
    end
    and readers.seen_on >= %(seen_since)s::date
    and not told.is_paused
order by
    told.reader collate ucs_basic,
    told.day desc,
    told.user_id,
    told.kind,
    told.bar desc nulls last,
    told.alert_id;
