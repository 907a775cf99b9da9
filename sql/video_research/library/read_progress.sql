-- How each query stands, in the words of progress.json; one row per query, in their order.
select
    progress.query_index,
    progress.query,
    progress.status,
    progress.reason,
    progress.videos_found,
    progress.videos_downloaded,
    progress.videos_processed,
    progress.videos_uploaded,
    progress.videos_failed,
    progress.videos_skipped,
    progress.credits,
    progress.searched_at,
    progress.closed_at,
    progress.outcome
from research_progress as progress
order by progress.query_index;
