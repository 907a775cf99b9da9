-- Writes rows of account_totals that are new, or not as they were; each is what an account had in all on one day.
-- Parameters: rows json (an array of them).
insert into account_totals (
    account,
    day,
    asked_at,
    followers,
    following,
    total_likes,
    total_videos,
    member,
    line,
    is_made_up
)
select
    given.account,
    given.day,
    given.asked_at,
    given.followers,
    given.following,
    given.total_likes,
    given.total_videos,
    given.member,
    given.line,
    given.is_made_up
from json_populate_recordset(null::account_totals, %(rows)s::json) as given
on conflict (account, day) do update set
    asked_at = excluded.asked_at,
    followers = excluded.followers,
    following = excluded.following,
    total_likes = excluded.total_likes,
    total_videos = excluded.total_videos,
    member = excluded.member,
    line = excluded.line,
    is_made_up = excluded.is_made_up;
