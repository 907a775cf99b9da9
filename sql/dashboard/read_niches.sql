-- The commonest niches of the roster, those of most creators first, looked for among so many of them; one row each.
-- Parameters: looked_at int, most int.
select used.niche
from (
    select facts.niches
    from creator_video_facts as facts
    where facts.niches <> '{}'
    limit %(looked_at)s::integer
) as sample
cross join unnest(sample.niches) as used (niche)
group by used.niche
order by count(*) desc, used.niche
limit %(most)s::integer;
