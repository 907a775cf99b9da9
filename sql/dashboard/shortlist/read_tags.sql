-- The tags in use, those of most creators first; one row each. Parameters: most int.
select
    used.tag,
    count(*) as creators
from shortlist as kept
cross join unnest(kept.tags) as used (tag)
group by used.tag
order by count(*) desc, used.tag
limit %(most)s::integer;
