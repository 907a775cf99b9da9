-- Wishes that are in force on a day, with the saved search that is watched; one row per wish. Not those of a person who did not
-- open the page of their alerts since a day, and may be let in no more; none whose search is gone, or is shared no more.
-- Parameters: day date, seen_since date.
select
    wishes.wish_id,
    wishes.reader,
    wishes.watched,
    wishes.newcomers,
    wishes.reach,
    saved.path,
    saved.parameters
from alert_wishes as wishes
inner join alert_readers as readers on wishes.reader = readers.reader
left join saved_searches as saved
    on wishes.search_id = saved.search_id and (saved.owner = wishes.reader or saved.is_shared)
where
    not wishes.is_paused
    and readers.seen_on >= %(seen_since)s::date
    and wishes.made_on <= %(day)s::date
    and (wishes.watched <> 'search' or saved.search_id is not null)
order by wishes.wish_id;
