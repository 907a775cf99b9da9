-- What the database knows of the files of each video; one row per video. Parameters: query_ids text[] (null for all).
select
    coalesce(kept.video_id, states.video_id) as video_id,
    kept.video_id is not null as is_in_library,
    kept.gcs_prefix,
    kept.sha256,
    states.state,
    coalesce(states.held_until > now(), false) as is_in_hand,
    coalesce(states.state not in ('uploaded', 'skipped') and not states.is_permanent, false) as is_open
from videos as kept
full join research_videos as states on kept.video_id = states.video_id
where
    %(query_ids)s::text [] is null
    or exists (
        select from research_hits as hits
        where
            hits.video_id = coalesce(kept.video_id, states.video_id)
            and hits.query_id = any(%(query_ids)s::text [])
    )
order by 1;
