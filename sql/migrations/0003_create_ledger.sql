-- The ledger: every request to the API, its bill, and its answer. One table, so that none of the three can contradict another.

create sequence api_calls_call_id;

create table api_calls (
    call_id bigint not null default nextval('api_calls_call_id'),
    day date not null,
    endpoint text not null,
    subject text not null,
    holds_identity boolean not null default true,
    outcome text not null,
    owner text not null,
    claimed_until timestamptz,
    lost_calls integer not null default 0,
    run_id text not null,
    task_id text not null,
    map_index integer not null default -1,
    keyword text,
    called_at timestamptz not null default clock_timestamp(),
    answered_at timestamptz,
    http_status integer,
    is_billed boolean,
    price_usd numeric(10, 6) not null default 0,
    latency_ms integer,
    attempt integer not null default 1,
    error text,
    answer bytea,
    primary key (day, call_id)
) partition by range (day);
comment on table api_calls is 'The ledger of API calls: answer store, bill and idempotency key in one';
comment on column api_calls.holds_identity is
'Whether this row is the one that stands for (day, endpoint, subject): a call under way, or the answer';
comment on column api_calls.called_at is
'When the request was claimed; once it ended, when its last attempt began';
comment on column api_calls.lost_calls is 'Calls begun for this identity by workers that died; the vendor may have billed them';
comment on column api_calls.answer is 'The "data" of the answer as JSON, deflated; NULL once its retention has ended';
create table api_calls_default partition of api_calls default;
create unique index api_calls_identity on api_calls (day, endpoint, subject) where holds_identity;
create index api_calls_run on api_calls (run_id);
create index api_calls_failed on api_calls (day, endpoint, subject) where not holds_identity;
-- What retention still has to empty is found without a look at all that is empty already.
create index api_calls_kept on api_calls (day) where answer is not null;

create table api_spend (
    day date primary key,
    billed_calls integer not null default 0,
    usd numeric(12, 6) not null default 0
);
comment on table api_spend is 'Billed calls of a day so far: what the next call costs depends on it';

-- Price in USD of the n-th billed call of a day: base 0.001, by daily volume 10 to 50 % off, marginal (vendor's price list).
create function price_of_call(position_in_day integer) returns numeric
language sql immutable
as $$
    select 0.001 * case
        when position_in_day > 30000 then 0.5
        when position_in_day > 20000 then 0.6
        when position_in_day > 10000 then 0.7
        when position_in_day > 5000 then 0.8
        when position_in_day > 1000 then 0.9
        else 1.0
    end
$$;
