-- The queries a run takes up; one row per query: those that somebody asked to be tried again, then those that are not finished,
-- in the order of their places. Parameters: start int (place), count int, resume text (on, strict, off), wanted jsonb or null
-- (for each part the engines that are as good as new; null: any), schema_version int or null.
with
known as (
    select
        queries.*,
        -- What another try may still change: a failure that is no final one, work that was never ended, or whose files were lost,
        -- and what other engines made.
        (
            select
                count(*)
            from research_hits as hits
            inner join research_videos as videos on hits.video_id = videos.video_id
            where
                hits.query_id = queries.query_id
                and (
                    videos.state not in ('uploaded', 'skipped') and not videos.is_permanent
                    or videos.state = 'uploaded'
                    and not (
                        videos.schema_version = coalesce(%(schema_version)s::integer, videos.schema_version)
                        and (%(wanted)s::jsonb is null or engines_fit(videos.engines, %(wanted)s::jsonb))
                    )
                )
        ) > 0 as has_work
    from research_queries as queries
    where not queries.is_paused and (queries.is_listed or queries.wants_retry)
)

select
    known.query_id,
    known.position,
    known.text,
    known.language,
    known.country,
    known.addresses,
    known.is_made_up
from known
where
    known.wants_retry
    or (
        known.position >= %(start)s::integer
        and case %(resume)s::text
            when 'off' then true
            when 'strict' then known.status = 'open' and known.searched_at is null
            else
                known.status in ('open', 'search_failed', 'error') or known.has_work
        end
    )
order by known.wants_retry desc, known.position
limit %(count)s::integer;
