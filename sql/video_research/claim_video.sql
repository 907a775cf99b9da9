-- Takes a video to work on, unless another task has it; its row with its query's text and place, or no row.
-- Parameters: video_id text, holder text, seconds float8, run_id text.
with
claimed as (
    update research_videos as video
    set
        holder = %(holder)s::text,
        held_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8),
        run_id = %(run_id)s::text,
        updated_at = now()
    where
        video.video_id = %(video_id)s::text
        and (video.holder is null or video.holder = %(holder)s::text or video.held_until < clock_timestamp())
    returning video.*
)

select
    claimed.*,
    queries.text as query_text,
    queries.position as query_position
from claimed
left join research_queries as queries on claimed.query_id = queries.query_id;
