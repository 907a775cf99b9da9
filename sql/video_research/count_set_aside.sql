-- Links of these queries that are no videos to be downloaded, by reason. Parameters: query_ids text[].
select
    aside.reason,
    count(*) as links
from research_set_aside as aside
where aside.query_id = any(%(query_ids)s::text [])
group by aside.reason
order by count(*) desc, aside.reason;
