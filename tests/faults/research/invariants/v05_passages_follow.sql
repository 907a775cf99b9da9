-- What can be searched is what the rows say: each passage has its video, each caption and transcript its passages. Rows: faults.
select kept.video_id || ' has a caption and no passage of it' as violation
from videos as kept
where
    kept.caption <> ''
    and not exists (
        select from video_passages as passages
        where passages.video_id = kept.video_id and passages.source = 'caption'
    )
union all
select kept.video_id || ' has a transcript and no passage of it'
from videos as kept
where
    kept.transcript <> ''
    and not exists (
        select from video_passages as passages
        where passages.video_id = kept.video_id and passages.source = 'speech'
    )
union all
select kept.video_id || ' cannot be found'
from videos as kept
where kept.found_words is null;
