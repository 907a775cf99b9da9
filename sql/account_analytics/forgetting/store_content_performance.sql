-- Puts cleaned texts into a row of content_performance; one row.
-- Parameters: account text, video_id text, snapshot_day date, texts jsonb.
update content_performance
set
    title = given.title,
    link = given.link,
    extra = given.extra,
    hashtags = given.hashtags,
    mentions = given.mentions
from jsonb_populate_record(null::content_performance, %(texts)s::jsonb) as given
where
    content_performance.account = %(account)s::text
    and content_performance.video_id = %(video_id)s::text
    and content_performance.snapshot_day = %(snapshot_day)s::date
returning content_performance.account;
