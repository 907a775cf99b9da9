-- Turns stay apart when the server crashes or its clock is set, and a budget's calls are on disk before they are made.

-- A crash empties an unlogged table, and so does a failover: a limit that is not in it may have promised more than it knows of.
create unlogged table rate_limit_memory (
    name text primary key
);
comment on table rate_limit_memory is 'Limits whose last turns are remembered; empty after a crash of the server';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table rate_limit_memory from %I', role_name);
    end loop;
end $$;

-- One turn for run_name. granted: the call may begin in wait_seconds. Not granted and refusal NULL: ask again in wait_seconds.
-- refusal 'budget' or 'stopped: …': no call may be made by this run any more; nothing was reserved.
create or replace function take_turn(
    limit_name text, run_name text, max_wait_seconds double precision, for_discovery boolean
)
returns table (granted boolean, wait_seconds double precision, refusal text)
language plpgsql volatile
as $$
declare
    -- No turn was promised further ahead than this; a second is what the first versions of this project promised.
    furthest constant interval := make_interval(secs => greatest(max_wait_seconds, 1));
begin
    -- One asks at a time where calls are counted: the last call of a budget is granted once, and no crash forgets it.
    perform from runs
    where runs.run_id = run_name and (runs.max_calls is not null or runs.discovery_calls is not null)
    for no key update;

    -- A crash may forget turns that nobody counts: they are waited for afterwards, which costs less than the disk each time.
    -- Only of the first turn of all it must be known that there was one.
    if not found and exists (
        select
        from rate_limit_memory as memory
        inner join rate_limits as limits on memory.name = limits.name
        where memory.name = limit_name and limits.next_free_at > '-infinity'
    ) then
        perform set_config('synchronous_commit', 'off', true);
    end if;

    insert into rate_limit_memory (name)
    select limit_name
    where not exists (select from rate_limit_memory as memory where memory.name = limit_name)
    on conflict do nothing;
    if found then
        update rate_limits as limits
        set next_free_at = clock_timestamp() + furthest + limits.emission
        where limits.name = limit_name and limits.next_free_at > '-infinity';
    end if;

    -- Later than any turn that was promised, or than any pause may end: the clock was set back, or the rate was raised.
    update rate_limits as limits
    set
        next_free_at = least(limits.next_free_at, clock_timestamp() + furthest + limits.emission),
        paused_until = least(limits.paused_until, clock_timestamp() + interval '1 hour')
    where
        limits.name = limit_name
        and (
            limits.next_free_at > clock_timestamp() + furthest + limits.emission
            or limits.paused_until > clock_timestamp() + interval '1 hour'
        );

    return query
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
                as seconds
    ),
    counted as (
        update runs
        set calls_made = runs.calls_made + 1
        from reserved
        where runs.run_id = run_name and (runs.max_calls is not null or runs.discovery_calls is not null)
    )
    select true, reserved.seconds, null::text
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
    where limits.name = limit_name and not exists (select from reserved);
end
$$;
