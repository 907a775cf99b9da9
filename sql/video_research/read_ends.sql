-- One row per query of the run and video found for it; a query without videos has one row of its own.
-- Parameters: query_ids text[].
select
    queries.query_id,
    queries.position,
    queries.text,
    queries.searched_at is not null or cardinality(queries.addresses) > 0 as was_searched,
    queries.status,
    queries.is_made_up,
    videos.video_id,
    videos.state,
    videos.failed_stage,
    videos.failure_kind,
    videos.reason,
    videos.run_id as worked_in,
    videos.url
from research_queries as queries
left join research_hits as hits on queries.query_id = hits.query_id
left join research_videos as videos on hits.video_id = videos.video_id
where queries.query_id = any(%(query_ids)s::text [])
order by queries.position, hits.rank, videos.video_id;
