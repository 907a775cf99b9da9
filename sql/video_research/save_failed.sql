-- Where a video came to an end, and a line of it in research_failures; no row. `skipped` ones were left out on purpose.
-- Parameters: video_id text, run_id text, stage text, kind text, reason text, what_to_do text, is_permanent bool,
-- is_skipped bool, attempts int, bounds jsonb or null (what the run wants, where that left it out).
with
ended as (
    update research_videos as video
    set
        state = case when %(is_skipped)s::boolean then 'skipped' else 'failed' end,
        failed_stage = %(stage)s::text,
        failure_kind = %(kind)s::text,
        reason = %(reason)s::text,
        is_permanent = %(is_permanent)s::boolean,
        bounds = %(bounds)s::jsonb,
        download_state = case
            when %(stage)s::text <> 'download' then video.download_state
            when %(is_skipped)s::boolean then 'skipped'
            else 'failed'
        end,
        upload_state = case when %(stage)s::text = 'upload' then 'failed' else video.upload_state end,
        attempts = video.attempts || jsonb_build_object(%(stage)s::text, %(attempts)s::integer),
        updated_at = now()
    where video.video_id = %(video_id)s::text
    returning video.video_id, video.query_id
)

insert into research_failures (type, query_index, query, video_id, error, details, run_id)
select
    %(stage)s::text || '_failed',
    queries.position,
    queries.text,
    ended.video_id,
    %(reason)s::text,
    jsonb_build_object(
        'kind', %(kind)s::text,
        'what_to_do', %(what_to_do)s::text,
        'attempts', %(attempts)s::integer,
        'is_permanent', %(is_permanent)s::boolean
    ),
    %(run_id)s::text
from ended
left join research_queries as queries on ended.query_id = queries.query_id;
