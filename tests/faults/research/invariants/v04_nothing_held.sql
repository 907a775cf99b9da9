-- No lease, no video and no call is held by anybody, no removal waits, and no run is under way. Rows: what is open.
select 'lease ' || leases.slot || ' of ' || leases.holder as violation
from research_leases as leases
where leases.held_until > clock_timestamp()
union all
select 'video ' || states.video_id || ' held by ' || states.holder
from research_videos as states
where states.holder is not null
union all
select 'call ' || calls.endpoint || ' ' || calls.subject
from api_calls as calls
where calls.outcome = 'calling'
union all
select 'removal of ' || removals.video_id
from media_removals as removals
union all
select 'run ' || runs.run_id || ' is ' || runs.state
from runs
where runs.state = 'running';
