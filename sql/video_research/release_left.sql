-- Videos of these queries that a killed task still holds are given back: those of this run, whose tasks are over, and those of
-- others whose hold has ended; one row for each. Parameters: query_ids text[], run_id text.
update research_videos as video
set holder = null, held_until = null
where
    video.holder is not null
    and (video.run_id = %(run_id)s::text or video.held_until < clock_timestamp())
    and exists (
        select from research_hits as hits
        where hits.video_id = video.video_id and hits.query_id = any(%(query_ids)s::text [])
    )
returning video.video_id, video.folder;
