-- The status of each question that a run closed is that of its videos. Rows: faults.
with
counted as (
    select
        queries.query_id,
        queries.text,
        queries.status,
        queries.searched_at,
        count(states.video_id) filter (where states.state = 'uploaded') as uploaded,
        count(states.video_id) filter (where states.state = 'failed') as failed,
        count(states.video_id) filter (where states.state not in ('uploaded', 'failed', 'skipped')) as under_way
    from research_queries as queries
    left join research_hits as hits on queries.query_id = hits.query_id
    left join research_videos as states on hits.video_id = states.video_id
    group by queries.query_id
)

select counted.text || ' is ' || counted.status || ' with ' || concat_ws(
    '/', counted.uploaded, counted.failed, counted.under_way
) as violation
from counted
where
    counted.searched_at is not null
    and case
        when counted.under_way > 0 then counted.status <> 'open'
        when counted.uploaded > 0 and counted.failed > 0 then counted.status <> 'partial_success'
        when counted.uploaded > 0 then counted.status <> 'success'
        when counted.failed > 0 then counted.status not in ('download_failed', 'processing_failed', 'upload_failed')
        else counted.status <> 'no_results'
    end;
