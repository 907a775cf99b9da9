-- Airflow's run ids are unique within a DAG only: every line about a run says whose it is. No column is written into rows that
-- are there, and only small tables get another key, so that this is quick however large the ledger is.

alter table runs add column pipeline text not null default 'comets';
alter table run_tasks add column pipeline text not null default 'comets';
alter table digests add column pipeline text not null default 'comets';
alter table call_summaries add column pipeline text not null default 'comets';
-- Who asked, and is billed. Key and identity stay as they are: an answer serves whoever asks for the same.
alter table api_calls add column pipeline text not null default 'comets';

-- From here on whoever writes a line says whose it is: what forgot to would otherwise be billed to another.
alter table runs alter column pipeline drop default;
alter table run_tasks alter column pipeline drop default;
alter table digests alter column pipeline drop default;
alter table call_summaries alter column pipeline drop default;
alter table api_calls alter column pipeline drop default;

comment on table runs is 'One line per run of a pipeline: its settings, its budget, its report';
comment on column api_calls.pipeline is 'Whose task asked and paid; the answer is anybody''s';

alter table runs drop constraint runs_pkey, add primary key (pipeline, run_id);
alter table run_tasks drop constraint run_tasks_pkey, add primary key (pipeline, run_id, task_id, map_index);
alter table digests drop constraint digests_pkey, add primary key (pipeline, day, channel);
alter table call_summaries drop constraint call_summaries_pkey, add primary key (pipeline, day, endpoint, keyword, outcome);

-- An endpoint's name says whose it is: `serper/videos` is that vendor's; without a slash it is TikHub's. So the identity of an
-- answer (day, endpoint, subject) holds its vendor as well.
create function vendor_of(endpoint_name text) returns text
language sql immutable
as $$
    select case when strpos(endpoint_name, '/') > 0 then split_part(endpoint_name, '/', 1) else 'tikhub' end
$$;

create table api_prices (
    vendor text not null,
    endpoint text not null default '',
    from_call integer not null default 1 check (from_call > 0),
    usd numeric(10, 6) not null check (usd >= 0),
    primary key (vendor, endpoint, from_call)
);
comment on table api_prices is
'What a billed call costs from the n-th of its vendor''s day on; endpoint '''': all that have no price of their own';
-- TikHub: 10 to 50 % off by daily volume, marginal.
insert into api_prices (vendor, from_call, usd)
values
('tikhub', 1, 0.001),
('tikhub', 1001, 0.0009),
('tikhub', 5001, 0.0008),
('tikhub', 10001, 0.0007),
('tikhub', 20001, 0.0006),
('tikhub', 30001, 0.0005);

drop function price_of_call(integer);

-- Price in USD of a call that is its vendor's n-th billed one of the day; 0 where no price is known.
create function price_of_call(endpoint_name text, position_in_day integer) returns numeric
language sql stable
as $$
    select coalesce(
        (
            select prices.usd
            from api_prices as prices
            where
                prices.vendor = vendor_of(endpoint_name)
                and prices.endpoint in (endpoint_name, '')
                and prices.from_call <= position_in_day
            order by prices.endpoint desc, prices.from_call desc
            limit 1
        ),
        0
    )
$$;

-- A vendor counts the calls of a key, whoever makes them.
alter table api_spend add column vendor text not null default 'tikhub';
alter table api_spend alter column vendor drop default;
alter table api_spend drop constraint api_spend_pkey, add primary key (vendor, day);
comment on table api_spend is 'Billed calls of a vendor''s day so far, of all pipelines: what the next call costs depends on it';

create table pipeline_spend (
    pipeline text not null,
    vendor text not null,
    day date not null,
    billed_calls integer not null,
    usd numeric(12, 6) not null,
    primary key (pipeline, vendor, day)
);
comment on table pipeline_spend is 'What a pipeline''s calls of a day have cost so far';
insert into pipeline_spend (pipeline, vendor, day, billed_calls, usd)
select
    'comets',
    spend.vendor,
    spend.day,
    spend.billed_calls,
    spend.usd
from api_spend as spend;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table api_prices, pipeline_spend from %I', role_name);
    end loop;
end $$;

drop function take_turn(text, text, double precision, boolean);

-- One turn for a run. granted: the call may begin in wait_seconds. Not granted and refusal NULL: ask again in wait_seconds.
-- refusal 'budget' or 'stopped: …': no call may be made by this run any more; nothing was reserved.
create function take_turn(
    limit_name text, pipeline_name text, run_name text, max_wait_seconds double precision, for_discovery boolean
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
    where runs.pipeline = pipeline_name and runs.run_id = run_name and (runs.max_calls is not null or runs.discovery_calls is not null)
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
        where runs.pipeline = pipeline_name and runs.run_id = run_name
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
        where runs.pipeline = pipeline_name and runs.run_id = run_name and (runs.max_calls is not null or runs.discovery_calls is not null)
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
