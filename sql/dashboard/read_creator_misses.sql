-- The latest days on which a creator was looked for and not measured; one row per day. Parameters: user_id text, most int.
select
    misses.day,
    misses.outcome,
    misses.reason,
    misses.follower_count,
    misses.missed_at
from roll_call_misses as misses
where misses.user_id = %(user_id)s::text
order by misses.day desc
limit %(most)s::integer;
