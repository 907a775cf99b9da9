-- The state of a video is that of its stages. Rows: faults.
select states.video_id || ' is ' || states.state || ': ' || concat_ws(
    ' ', states.download_state, states.frames_state, states.ocr_state, states.speech_state, states.upload_state
) as violation
from research_videos as states
where
    states.state = 'uploaded'
    and (
        (states.download_state, states.frames_state, states.upload_state) <> ('done', 'done', 'done')
        or states.ocr_state not in ('done', 'skipped')
        or states.speech_state not in ('speech', 'no_speech', 'no_audio', 'skipped')
        or states.failure_kind is not null
        or states.failed_stage is not null
        or states.engines = '{}'
    )
union all
select states.video_id || ' is ' || states.state || ' without a reason'
from research_videos as states
where states.state in ('failed', 'skipped') and (states.failure_kind is null or states.reason is null)
union all
select states.video_id || ' failed, and no line says so'
from research_videos as states
where
    states.state = 'failed'
    and not exists (select from research_failures as lines where lines.video_id = states.video_id);
