-- Videos of these queries that are to be worked on, in the order in which they were found; a video of two queries once.
-- Parameters: query_ids text[], resume text, wanted jsonb (for each part the engines that are as good as new), schema_version
-- int, bounds jsonb (what the run wants of a video).
-- resume: on leaves out what is finished or permanently failed; strict all that was ever tried; off nothing but photo posts and
-- people who were forgotten. What a bound left out comes with other bounds, with off, and where a question is tried again.
select
    found.video_id,
    found.position,
    found.rank
from (
    select distinct on (videos.video_id)
        videos.video_id,
        queries.position,
        hits.rank
    from research_videos as videos
    inner join research_hits as hits on videos.video_id = hits.video_id
    inner join research_queries as queries on hits.query_id = queries.query_id
    where
        hits.query_id = any(%(query_ids)s::text [])
        and (
            videos.state <> 'skipped'
            or videos.failure_kind = 'filtered'
            and (
                videos.bounds is distinct from %(bounds)s::jsonb
                or %(resume)s::text = 'off'
                or queries.wants_retry
            )
        )
        and case %(resume)s::text
            when 'off' then true
            when 'strict' then videos.state = 'found' and videos.attempts = '{}'
            when 'on' then
                case
                    when videos.state = 'skipped' then true
                    when videos.state = 'uploaded'
                        then not (
                            videos.schema_version = %(schema_version)s::integer
                            and engines_fit(videos.engines, %(wanted)s::jsonb)
                        )
                    else not videos.is_permanent or queries.wants_retry
                end
        end
    order by videos.video_id, queries.position, hits.rank
) as found
order by found.position, found.rank, found.video_id;
