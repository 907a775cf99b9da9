-- The run under way, if there is one, with how many of its videos have come to an end and how many wait. No parameters.
select
    runs.run_id,
    runs.started_at,
    now() as now,
    count(*) filter (where videos.state in ('uploaded', 'failed') and videos.updated_at >= runs.started_at) as ended,
    count(*) filter (where videos.state in ('found', 'downloaded', 'processed', 'validated')) as open
from runs
left join research_videos as videos on true
where runs.pipeline = 'video_research' and runs.state = 'running'
group by runs.run_id, runs.started_at
order by runs.started_at desc
limit 1;
