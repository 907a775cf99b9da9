-- The rate limiter shared by all tasks and workers: one row per limit, one autocommit statement per turn.
-- Generic cell rate algorithm by reservation: who asks first goes first, and only the server's clock counts.

create table rate_limits (
    name text primary key,
    emission interval not null check (emission > interval '0'),
    next_free_at timestamptz not null default '-infinity',
    paused_until timestamptz not null default '-infinity'
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
comment on table rate_limits is 'emission: seconds between two calls; paused_until: a Retry-After of one worker stops them all';

-- One turn for run_name. granted: the call may begin in wait_seconds. Not granted and refusal NULL: ask again in wait_seconds.
-- refusal 'budget' or 'stopped: …': no call may be made by this run any more; nothing was reserved.
create function take_turn(limit_name text, run_name text, max_wait_seconds double precision, for_discovery boolean)
returns table (granted boolean, wait_seconds double precision, refusal text)
language sql volatile
as $$
    -- A crash may forget the last reservations; that costs a little pace, and waiting for the disk would cost more.
    select set_config('synchronous_commit', 'off', true);
    -- One asks at a time where calls are counted: the last call of a budget is granted once.
    select from runs where runs.run_id = run_name and runs.max_calls is not null for no key update;
    with
    refused as (
        select
            case
                when runs.stopped_because is not null then 'stopped: ' || runs.stopped_because
                when runs.calls_made >= runs.max_calls then 'budget'
                when for_discovery and runs.calls_made >= runs.discovery_calls then 'budget'
            end as reason
        from runs
        where runs.run_id = run_name
    ),
    reserved as (
        update rate_limits as limits
        set next_free_at = greatest(limits.next_free_at, limits.paused_until, clock_timestamp()) + limits.emission
        where limits.name = limit_name
            and greatest(limits.next_free_at, limits.paused_until)
                <= clock_timestamp() + make_interval(secs => max_wait_seconds)
            and not exists (select from refused where refused.reason is not null)
        returning
            greatest(0, extract(epoch from limits.next_free_at - limits.emission - clock_timestamp()))::double precision
                as wait_seconds
    ),
    counted as (
        update runs
        set calls_made = runs.calls_made + 1
        from reserved
        where runs.run_id = run_name and (runs.max_calls is not null or runs.discovery_calls is not null)
    )
    select true, reserved.wait_seconds, null::text
    from reserved
    union all
    select
        false,
        greatest(
            0.05,
            extract(
                epoch from greatest(limits.next_free_at, limits.paused_until)
                - clock_timestamp() - make_interval(secs => max_wait_seconds)
            )
        )::double precision,
        (select refused.reason from refused)
    from rate_limits as limits
    where limits.name = limit_name and not exists (select from reserved)
$$;

-- Stops every worker for so many seconds; never shortens a pause, and never more than an hour.
create function pause_turns(limit_name text, seconds double precision) returns timestamptz
language sql volatile
as $$
    update rate_limits
    set paused_until = greatest(
        paused_until, clock_timestamp() + make_interval(secs => least(greatest(seconds, 0), 3600))
    )
    where name = limit_name
    returning paused_until
$$;
