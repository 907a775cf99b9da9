-- Stages that ended badly, with the keys of failures.json; one row each, the oldest first.
select
    failed.at,
    failed.type,
    failed.query_index,
    failed.query,
    failed.video_id,
    failed.error,
    failed.details
from research_failed as failed
order by failed.at, failed.video_id, failed.type;
