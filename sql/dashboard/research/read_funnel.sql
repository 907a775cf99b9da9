-- One row: how far all videos are, each counted once. No parameters.
select
    count(*) as found,
    count(*) filter (where videos.download_state = 'done') as downloaded,
    count(*) filter (where videos.state in ('processed', 'validated', 'uploaded')) as processed,
    count(*) filter (where videos.state = 'uploaded') as uploaded,
    count(*) filter (where videos.state = 'skipped') as skipped,
    count(*) filter (where videos.state = 'failed') as failed,
    (select count(*) from research_queries) as questions,
    (select count(*) from research_queries as queries where queries.status = 'open' and not queries.is_paused) as open_questions
from research_videos as videos;
