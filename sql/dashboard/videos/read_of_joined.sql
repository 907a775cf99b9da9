-- The latest stored videos of who joined the roster on these days; one row per creator, also of who has none. plays and posted_at
-- go together, the latest first. Parameters: first date, last date (both included).
select
    creators.user_id,
    creators.first_seen_on,
    coalesce(known.plays, '{}'::bigint []) as plays,
    coalesce(known.posted_at, '{}'::timestamptz []) as posted_at
from creators
-- part: videos/latest
where creators.first_seen_on between %(first)s::date and %(last)s::date
order by creators.user_id;
