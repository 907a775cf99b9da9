-- Every handle a creator was seen under, the latest first; one row per handle and day. Parameters: user_id text.
select
    history.handle,
    history.seen_from
from handle_history as history
where history.user_id = %(user_id)s::text
order by history.seen_from desc, history.handle asc;
