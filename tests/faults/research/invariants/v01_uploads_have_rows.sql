-- Every upload has a row, and every row with objects is an upload that is done. Rows: faults.
select 'uploaded and no row: ' || states.video_id as violation
from research_videos as states
left join videos as kept on states.video_id = kept.video_id
where states.state = 'uploaded' and (kept.video_id is null or kept.gcs_prefix is null)
union all
select 'a row and no upload: ' || kept.video_id || ' is ' || coalesce(states.state, 'unknown')
from videos as kept
left join research_videos as states on kept.video_id = states.video_id
where kept.gcs_prefix is not null and states.state is distinct from 'uploaded';
