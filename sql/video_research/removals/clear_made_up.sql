-- Removes made-up questions, what was found for them alone, and made-up videos, and notes that their files are to go; one row
-- with the numbers removed.
with
gone as materialized (
    select states.video_id
    from research_videos as states
    where states.is_made_up
    union
    select kept.video_id
    from videos as kept
    where kept.is_made_up
),

noted as (
    insert into media_removals (video_id, prefix, folder, reason)
    select
        gone.video_id,
        kept.gcs_prefix,
        states.folder,
        'made_up' as reason
    from gone
    left join videos as kept on gone.video_id = kept.video_id
    left join research_videos as states on gone.video_id = states.video_id
    on conflict (video_id) do nothing
),

library as (
    delete from videos
    where videos.video_id in (select gone.video_id from gone)
),

states as (
    delete from research_videos
    where research_videos.video_id in (select gone.video_id from gone)
),

failures as (
    delete from research_failures
    where research_failures.video_id in (select gone.video_id from gone)
),

hits as (
    delete from research_hits
    where research_hits.video_id in (select gone.video_id from gone)
),

queries as (
    delete from research_queries
    where research_queries.is_made_up
    returning research_queries.query_id
)

select
    (select count(*) from queries)::integer as queries,
    (select count(*) from gone)::integer as videos;
