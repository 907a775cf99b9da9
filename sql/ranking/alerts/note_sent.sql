-- Notes that events were sent on a channel; one row per event. Parameters: alert_ids bigint[], channel text (mail or webhook).
update alerts_told as told
set
    mailed_at = case when %(channel)s::text = 'mail' then now() else told.mailed_at end,
    posted_at = case when %(channel)s::text = 'webhook' then now() else told.posted_at end
where told.alert_id = any(%(alert_ids)s::bigint [])
returning told.alert_id;
