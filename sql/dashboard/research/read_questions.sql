-- One row per question, in the order of the list, with how far its videos are. Parameters: most int, skipped int.
select
    queries.query_id,
    queries.position,
    queries.text,
    queries.language,
    queries.country,
    cardinality(queries.addresses) as addresses,
    queries.source,
    queries.status,
    queries.reason,
    queries.is_paused,
    queries.wants_retry,
    queries.credits,
    queries.searched_at,
    queries.closed_at,
    queries.created_by,
    queries.is_made_up,
    videos.found,
    videos.downloaded,
    videos.processed,
    videos.uploaded,
    videos.skipped,
    videos.failed,
    videos.failure_kinds,
    (select count(*) from research_set_aside as aside where aside.query_id = queries.query_id) as set_aside
from research_queries as queries
cross join lateral (
    select
        count(*) as found,
        count(*) filter (where known.download_state = 'done') as downloaded,
        count(*) filter (where known.state in ('processed', 'validated', 'uploaded')) as processed,
        count(*) filter (where known.state = 'uploaded') as uploaded,
        count(*) filter (where known.state = 'skipped') as skipped,
        count(*) filter (where known.state = 'failed') as failed,
        coalesce(array_agg(distinct known.failure_kind) filter (where known.state = 'failed'), '{}') as failure_kinds
    from research_hits as hits
    inner join research_videos as known on hits.video_id = known.video_id
    where hits.query_id = queries.query_id
) as videos
order by queries.position
limit %(most)s::integer offset %(skipped)s::integer;
