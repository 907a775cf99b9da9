-- The tables of the pipeline. The three original ones may be there already (0001): columns are added to them.

create table if not exists creators (user_id text primary key);
alter table creators
    add column if not exists handle text,
    add column if not exists nickname text,
    add column if not exists avatar_url text,
    add column if not exists signature text,
    add column if not exists last_updated_at timestamptz,
    add column if not exists sec_user_id text unique,
    add column if not exists status text not null default 'active'
        check (status in ('active', 'private', 'banned', 'gone')),
    add column if not exists first_seen_on date,
    add column if not exists first_seen_keyword text,
    add column if not exists misses_in_row integer not null default 0 check (misses_in_row >= 0),
    add column if not exists last_missed_on date,
    add column if not exists next_due_on date;
comment on table creators is
'The roster: every creator ever accepted as a comet and not erased; key: the numeric uid, as text';
comment on column creators.misses_in_row is 'Days in a row on which a look found no whole profile; 0 once found again';
comment on column creators.next_due_on is
'Not looked at before this day, because the last three looks or more failed; NULL: every day';
create index creators_handle on creators (handle);

create table creator_stats (
    user_id text not null,
    recorded_date date not null,
    follower_count bigint not null check (follower_count >= 0),
    heart_count bigint not null check (heart_count >= 0),
    video_count bigint not null check (video_count >= 0),
    daily_growth_followers bigint not null default 0,
    daily_growth_percent numeric not null default 0.00,
    source_trend text,
    compared_with date,
    observed_at timestamptz,
    origin text not null check (origin in ('discovery', 'roll_call', 'replay', 'interpolation')),
    is_estimated boolean not null default false,
    primary key (user_id, recorded_date),
    check (is_estimated = (origin = 'interpolation'))
) partition by range (recorded_date);
comment on table creator_stats is 'Snapshots: one row per creator and day; observed, or estimated between two observed ones';
comment on column creator_stats.compared_with is 'The day growth is counted from; NULL at first sight';
create table creator_stats_default partition of creator_stats default;
-- All rows of a day lie together on disk, so a block range index finds them at next to no cost per insert.
create index creator_stats_day on creator_stats using brin (recorded_date) with (pages_per_range = 32);

create table if not exists daily_trends (
    trend_keyword text not null,
    discovered_at date not null,
    rank integer,
    fetched_at timestamptz,
    primary key (discovered_at, trend_keyword)
);
comment on table daily_trends is 'Trending keywords and followed hashtags, one row per keyword and day';

create table handle_history (
    user_id text not null,
    handle text not null,
    seen_from date not null,
    primary key (user_id, seen_from, handle)
);
comment on table handle_history is 'Every handle a creator was seen under, with the day it was first seen in that place';

create table verdicts (
    day date not null,
    keyword text not null,
    video_id text not null,
    user_id text not null,
    handle text not null,
    layer text not null
        check (layer in ('platform', 'pronoun', 'criteria', 'face', 'undetermined', 'accepted')),
    field text,
    matched_text text,
    measured numeric,
    threshold numeric,
    is_uncertain boolean not null default false,
    detector text,
    score numeric,
    cover_field text,
    rules_version text not null,
    run_id text not null,
    screened_at timestamptz not null default now(),
    primary key (day, keyword, video_id)
);
comment on table verdicts is 'Every screened video: the layer that decided, and on what evidence';
create index verdicts_video on verdicts (video_id) where detector is not null;
create index verdicts_creator on verdicts (user_id, day);

create table runs (
    run_id text primary key,
    day date not null,
    mode text not null check (mode in ('live', 'replay')),
    settings jsonb not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    state text not null default 'running' check (state in ('running', 'complete', 'incomplete')),
    max_calls integer check (max_calls >= 0),
    discovery_calls integer check (discovery_calls >= 0),
    calls_made integer not null default 0,
    stopped_because text,
    roster integer,
    coverage numeric,
    is_purge_day boolean not null default false,
    counts jsonb,
    report text
);
comment on table runs is 'One line per run of the pipeline: its settings, its budget, its report';
create index runs_day on runs (day);

create table run_tasks (
    run_id text not null,
    task_id text not null,
    map_index integer not null,
    answered_from_ledger integer not null,
    seconds_waiting double precision not null default 0,
    finished_at timestamptz not null default now(),
    primary key (run_id, task_id, map_index)
);
comment on table run_tasks is
'What only a task knows of its last try: answers it found in the ledger, seconds it waited for the rate limit';

create table roll_call_batches (
    day date not null,
    batch integer not null,
    first_position integer not null,
    last_position integer not null,
    user_ids text [] not null,
    owner text,
    fence bigint not null default 0,
    leased_until timestamptz,
    done_at timestamptz,
    primary key (day, batch),
    check (last_position - first_position + 1 = cardinality(user_ids))
);
comment on table roll_call_batches is 'The planned roll call of a day, most important creators first, cut into leased ranges';

create table roll_call_misses (
    user_id text not null,
    day date not null,
    outcome text not null check (outcome in ('failed', 'gone', 'private', 'banned', 'suspect')),
    reason text not null,
    follower_count bigint,
    heart_count bigint,
    video_count bigint,
    missed_at timestamptz not null default now(),
    primary key (user_id, day)
);
comment on table roll_call_misses is
'Creators looked for on a day and not measured, and why; gone again once a snapshot of that day is there';
create index roll_call_misses_day on roll_call_misses (day);
