-- Who of some people was on the roster before a day; one row per creator. Parameters: user_ids text[], day date.
select creators.user_id
from creators
where creators.user_id = any(%(user_ids)s::text []) and coalesce(creators.first_seen_on < %(day)s::date, true)
order by creators.user_id;
