-- One row per reason why videos did not come through, the commonest first, with one of them. No parameters.
select
    videos.state,
    videos.failed_stage,
    videos.failure_kind,
    videos.is_permanent,
    count(*) as videos,
    (array_agg(videos.reason order by videos.updated_at desc))[1] as reason,
    (array_agg(videos.url order by videos.updated_at desc))[1] as url
from research_videos as videos
where videos.state in ('failed', 'skipped')
group by videos.state, videos.failed_stage, videos.failure_kind, videos.is_permanent
order by count(*) desc, videos.failure_kind
limit 30;
