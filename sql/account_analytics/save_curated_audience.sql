-- Writes rows of audience_insights that are new, or not as they were; each is one bucket of an audience.
-- Parameters: rows json (an array of them; objects inside are given as text).
insert into audience_insights (
    account,
    day,
    hour,
    kind,
    bucket,
    share,
    followers,
    source,
    member,
    line,
    is_made_up
)
select
    given.account,
    given.day,
    given.hour,
    given.kind,
    given.bucket,
    given.share,
    given.followers,
    given.source,
    given.member,
    given.line,
    given.is_made_up
from json_populate_recordset(null::audience_insights, %(rows)s::json) as given
on conflict (account, day, hour, kind, bucket) do update set
    share = excluded.share,
    followers = excluded.followers,
    source = excluded.source,
    member = excluded.member,
    line = excluded.line,
    is_made_up = excluded.is_made_up;
