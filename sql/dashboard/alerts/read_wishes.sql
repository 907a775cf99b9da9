-- A person's wishes, with the saved search that is watched where they may see it; one row per wish, the oldest first.
-- Parameters: reader text.
select
    wishes.wish_id,
    wishes.watched,
    wishes.status,
    wishes.search_id,
    wishes.grown_1,
    wishes.grown_7,
    wishes.followers,
    wishes.silent_days,
    wishes.bought,
    wishes.newcomers,
    wishes.is_paused,
    saved.name as search_name,
    saved.path,
    saved.parameters,
    saved.search_id is not null as is_seen
from alert_wishes as wishes
left join saved_searches as saved
    on wishes.search_id = saved.search_id and (saved.owner = wishes.reader or saved.is_shared)
where wishes.reader = %(reader)s::text
order by wishes.wish_id;
