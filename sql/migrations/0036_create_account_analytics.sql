-- The numbers of the user's own TikTok accounts, and where each of them came from.

create table accounts (
    account text primary key,
    handle text not null,
    aliases text [] not null default '{}',
    business_id text,
    time_zone text,
    suggested_time_zone text,
    stale_since timestamptz,
    uncurated_since timestamptz,
    is_made_up boolean not null default false,
    created_at timestamptz not null default now()
);
comment on table accounts is 'One row per account of the user''s own: one history across renames';
comment on column accounts.account is 'Its name in files and pages: the handle it was first seen under, without @';
comment on column accounts.time_zone is 'As somebody answered; NULL: UTC is shown, and says so';
comment on column accounts.suggested_time_zone is 'What the last filled hour of follower activity points to';
comment on column accounts.stale_since is 'Since when something waits to be staged; NULL: nothing does';
comment on column accounts.uncurated_since is 'Since when something staged waits to be curated; NULL: nothing does';

create table account_exports (
    export_sha256 text not null,
    member text not null default '',
    member_sha256 text,
    account text references accounts (account) on update cascade,
    account_basis text,
    source text not null check (source in ('drop', 'upload', 'api', 'browser', 'made_up')),
    file_name text not null,
    container text,
    size_bytes bigint not null,
    batch text,
    folder text,
    handles text [] not null default '{}',
    name_report text,
    name_start date,
    name_ends_at timestamptz,
    name_handle text,
    written_at timestamptz,
    landed_at timestamptz not null,
    landing_key text,
    raw_key text,
    family text,
    format text,
    format_version integer,
    report text,
    rows_in integer,
    is_telling boolean not null default false,
    first_label text,
    last_label text,
    first_day date,
    last_day date,
    exported_at timestamptz,
    year_basis text,
    label_shift smallint,
    shift_basis text,
    warnings text [] not null default '{}',
    state text not null check (
        state in ('landed', 'raw', 'waiting', 'staged', 'duplicate', 'quarantined', 'refused', 'undone')
    ),
    reason_code text,
    reason text,
    waits_for text,
    run_id text,
    undone_by text,
    undone_at timestamptz,
    is_made_up boolean not null default false,
    primary key (export_sha256, member)
);
create index account_exports_member on account_exports (member_sha256);
create index account_exports_account on account_exports (account);
-- Two reports whose short names in the lake are the same would write over each other: rather an error than that.
create unique index account_exports_raw_key on account_exports (raw_key);
comment on table account_exports is
'Every file (member '''') and every report inside it ever seen: what it was, its dates, what proved them, what became of it';
comment on column account_exports.batch is 'Files of one batch came together, in one folder: they witness for each other';
comment on column account_exports.handles is 'Whose videos the links in it lead to';
comment on column account_exports.waits_for is 'Subject of the question it waits for; one about its header stays';
comment on column account_exports.is_telling is 'Whether so much is in it that no other account''s report would be the same';
comment on column account_exports.state is
'landed: copied; raw: read; waiting: for an answer; staged: its numbers count; duplicate: its numbers were here already, its
witnesses count; quarantined, refused: see reason; undone: a person took it back';

create table account_drop_files (
    drop_path text primary key,
    size_bytes bigint not null,
    mtime_ns bigint not null,
    export_sha256 text not null,
    seen_at timestamptz not null default now(),
    archive_key text
);
create index account_drop_files_export on account_drop_files (export_sha256);
comment on table account_drop_files is
'One row per file of the drop folder: by size and time it is known again without being read';
comment on column account_drop_files.archive_key is 'Where it lies in the lake since it was taken out of the drop folder';

create table account_outcomes (
    run_id text not null,
    step text not null,
    export_sha256 text not null,
    member text not null default '',
    file_name text not null,
    account text,
    taken_for text,
    result text not null check (result in ('done', 'duplicate', 'waiting', 'quarantined', 'refused', 'failed', 'undone')),
    reason text,
    rows_in integer,
    rows_out integer,
    rows_refused integer,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    primary key (run_id, step, export_sha256, member)
);
comment on table account_outcomes is 'One row per run, step, and file or report: what it was taken for and what came of it';
comment on column account_outcomes.export_sha256 is
'SHA-256 of the file; its path, after `path:`, where it could not be read to its end';

create table account_questions (
    question_id bigint generated always as identity primary key,
    kind text not null check (
        kind in ('year', 'other_account', 'two_handles', 'unknown_header', 'unknown_account', 'reach')
    ),
    subject text not null,
    account text references accounts (account) on update cascade on delete cascade,
    question text not null,
    candidates text [] not null default '{}',
    details jsonb not null default '{}',
    asked_at timestamptz not null default now(),
    run_id text,
    answer text,
    answered_by text,
    answered_at timestamptz,
    is_settled boolean not null default false,
    is_made_up boolean not null default false,
    unique (kind, subject)
);
comment on table account_questions is 'What only a person knows; the files it is about wait, nothing else does';
comment on column account_questions.is_settled is 'Answered, or answered by a later file';

create table social_media_stats (
    account text not null references accounts (account) on update cascade on delete cascade,
    date date not null,
    video_views bigint,
    profile_views bigint,
    likes bigint,
    comments bigint,
    shares bigint,
    followers bigint,
    following bigint,
    reached_audience bigint,
    engaged_audience bigint,
    total_viewers bigint,
    new_viewers bigint,
    returning_viewers bigint,
    new_followers bigint,
    lost_followers bigint,
    net_followers bigint,
    follower_growth bigint,
    follower_growth_rate double precision,
    engagement_rate double precision,
    is_provisional boolean not null default false,
    extra jsonb not null default '{}',
    overview_member text,
    overview_line integer,
    viewers_member text,
    viewers_line integer,
    followers_member text,
    followers_line integer,
    is_made_up boolean not null default false,
    primary key (account, date)
);
comment on table social_media_stats is 'One row per account and true day; NULL: no source says it';
comment on column social_media_stats.overview_member is 'SHA-256 of the report, and its line, that says these numbers';
comment on column social_media_stats.follower_growth is 'Recomputed from followers of the day before, where both are named';

create table content_performance (
    account text not null references accounts (account) on update cascade on delete cascade,
    video_id text not null,
    snapshot_day date not null,
    publish_date date,
    posted_at timestamptz,
    title text,
    link text,
    total_views bigint,
    total_likes bigint,
    total_comments bigint,
    total_shares bigint,
    favorites bigint,
    views_last_7_days bigint,
    average_watch_time double precision,
    completion_rate double precision,
    engagement_rate double precision,
    share_rate double precision,
    hashtags text [] not null default '{}',
    mentions text [] not null default '{}',
    extra jsonb not null default '{}',
    member text not null,
    line integer not null,
    is_made_up boolean not null default false,
    primary key (account, video_id, snapshot_day)
);
comment on table content_performance is 'One row per video and day of a download: its totals since publication, as of then';

create table viral_content (
    account text not null references accounts (account) on update cascade on delete cascade,
    video_id text not null,
    day date not null,
    days integer not null,
    views bigint not null,
    views_of_day bigint not null,
    views_of_day_before bigint not null,
    growth double precision not null,
    viral_score double precision,
    viral_score_parts jsonb not null default '{}',
    is_partial boolean not null default false,
    viral_percentile double precision,
    is_made_up boolean not null default false,
    primary key (account, video_id, day)
);
comment on table viral_content is 'Videos with many views whose views of a day were several times those of the day before';

create table audience_insights (
    account text not null references accounts (account) on update cascade on delete cascade,
    day date not null,
    hour smallint not null default -1 check (hour between -1 and 23),
    kind text not null check (kind in ('age', 'gender', 'territory', 'active_followers', 'traffic_source')),
    bucket text not null,
    share double precision,
    followers bigint,
    member text not null,
    line integer not null,
    is_made_up boolean not null default false,
    primary key (account, day, hour, kind, bucket)
);
comment on table audience_insights is 'One row per account, day, hour (-1: of the whole day), kind and bucket';

create table account_revisions (
    account text not null references accounts (account) on update cascade on delete cascade,
    day date not null,
    subject text not null default '',
    metric text not null,
    old_value double precision,
    new_value double precision,
    old_member text not null,
    old_line integer not null,
    new_member text not null,
    new_line integer not null,
    is_made_up boolean not null default false,
    primary key (account, day, subject, metric, old_member, new_member)
);
comment on table account_revisions is
'A settled number that a newer download gives differently: the newer stands, the older is kept here';

create table account_quality (
    account text not null references accounts (account) on update cascade on delete cascade,
    run_id text not null,
    day date not null,
    completeness double precision,
    consistency double precision,
    validity double precision,
    freshness double precision,
    accuracy double precision,
    overall double precision,
    overall_mean double precision,
    offenders jsonb not null default '{}',
    is_made_up boolean not null default false,
    primary key (account, run_id)
);
comment on table account_quality is
'Five scores per account and run, 0 to 1, with their worst offenders; overall is the worst of them';

create table account_anomalies (
    account text not null references accounts (account) on update cascade on delete cascade,
    day date not null,
    kind text not null,
    subject text not null default '',
    value double precision,
    expected_low double precision,
    expected_high double precision,
    details jsonb not null default '{}',
    first_seen timestamptz not null default now(),
    acknowledged_by text,
    acknowledged_at timestamptz,
    note text,
    is_made_up boolean not null default false,
    primary key (account, day, kind, subject)
);
comment on table account_anomalies is 'What is not as this account usually is: seen by a rule, acknowledged by a person';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format(
            'revoke all on table accounts, account_exports, account_drop_files, account_outcomes, account_questions, social_media_stats, '
            'content_performance, viral_content, audience_insights, account_revisions, account_quality, '
            'account_anomalies from %I',
            role_name
        );
    end loop;
end $$;
