-- What videos say and show: the questions, what was found for them, how far each video is, and what is kept of it.

create table research_queries (
    query_id text primary key,
    position integer not null,
    text text not null,
    language text,
    country text,
    addresses text [] not null default '{}',
    source text not null check (source in ('list', 'page', 'param', 'made_up')),
    status text not null default 'open' check (
        status in (
            'open', 'success', 'partial_success', 'no_results', 'search_failed', 'download_failed', 'processing_failed',
            'upload_failed', 'error'
        )
    ),
    reason text,
    is_paused boolean not null default false,
    is_listed boolean not null default true,
    wants_retry boolean not null default false,
    credits integer not null default 0,
    run_id text,
    searched_at timestamptz,
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    created_by text,
    is_made_up boolean not null default false
);
create unique index research_queries_position on research_queries (position);
comment on table research_queries is
'One row per line of research; its id is a hash of text, language and country, so that editing or sorting the list moves nothing';
comment on column research_queries.position is
'In the order in which they came, from 0: it names the working folder, and never changes';
comment on column research_queries.addresses is 'Addresses that were given with it; they are asked of nobody';
comment on column research_queries.status is 'Rolled up from its videos when a run closes it; open: not done, or not all of it';
comment on column research_queries.is_listed is
'Whether it still stands in the list that it came from; what was found for it stays either way';
comment on column research_queries.wants_retry is 'Somebody asked on the page that the next run takes it up again';

create table research_hits (
    query_id text not null references research_queries (query_id) on delete cascade,
    video_id text not null,
    url text not null,
    rank integer not null,
    source text not null check (source in ('serper', 'tikhub', 'list')),
    handle text,
    title text,
    author_uid text,
    author_sec_uid text,
    posted_at timestamptz,
    plays bigint,
    duration_s double precision,
    play_url text,
    play_until timestamptz,
    run_id text not null,
    found_at timestamptz not null default now(),
    primary key (query_id, video_id)
);
create index research_hits_video on research_hits (video_id);
comment on table research_hits is
'One row per query and video found for it, as the source says it: one video found by two queries has two';
comment on column research_hits.play_url is 'Signed address of the media, which ends at play_until';

create table research_set_aside (
    query_id text not null references research_queries (query_id) on delete cascade,
    url text not null,
    kind text not null check (kind in ('video', 'photo', 'short', 'other')),
    reason text not null,
    run_id text not null,
    found_at timestamptz not null default now(),
    primary key (query_id, url)
);
comment on table research_set_aside is 'One row per query and link that is no video to be downloaded, and why';

create table research_videos (
    video_id text primary key,
    url text not null,
    query_id text references research_queries (query_id) on delete set null,
    state text not null default 'found' check (
        state in ('found', 'downloaded', 'processed', 'validated', 'uploaded', 'failed', 'skipped')
    ),
    download_state text not null default 'open' check (download_state in ('open', 'done', 'failed', 'skipped')),
    frames_state text not null default 'open' check (frames_state in ('open', 'done', 'failed')),
    ocr_state text not null default 'open' check (ocr_state in ('open', 'done', 'skipped', 'failed')),
    speech_state text not null default 'open' check (
        speech_state in ('open', 'speech', 'no_speech', 'no_audio', 'skipped', 'failed')
    ),
    upload_state text not null default 'open' check (upload_state in ('open', 'done', 'failed')),
    failed_stage text,
    failure_kind text,
    reason text,
    is_permanent boolean not null default false,
    was_reprocessed boolean not null default false,
    attempts jsonb not null default '{}',
    engines jsonb not null default '{}',
    schema_version integer not null default 0,
    size_bytes bigint,
    duration_s double precision,
    folder text,
    run_id text,
    holder text,
    held_until timestamptz,
    found_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_made_up boolean not null default false
);
create index research_videos_query on research_videos (query_id);
create index research_videos_state on research_videos (state);
comment on table research_videos is 'One row per video ever found: how far it is, stage by stage, and why it ended where it did';
comment on column research_videos.query_id is 'Whose hit it is worked on for; its other queries are in research_hits';
comment on column research_videos.attempts is 'Tries by stage: {"download": 2}';
comment on column research_videos.engines is
'What made each artefact, with its version: a result is reused only where both match';
comment on column research_videos.is_permanent is 'Whether another try changes nothing';
comment on column research_videos.holder is 'The task that works on it, until held_until: nobody else takes it up before';

create table research_failures (
    failure_id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    type text not null,
    query_index integer,
    query text,
    video_id text,
    error text not null,
    details jsonb not null default '{}',
    run_id text not null
);
create index research_failures_video on research_failures (video_id);
comment on table research_failures is
'One row per stage that ended badly in a run; type is <stage>_failed, details hold kind, what_to_do, attempts';

create table research_leases (
    slot integer primary key,
    holder text,
    held_until timestamptz not null default '-infinity'
);
comment on table research_leases is
'One row per video that may be processed at once on this machine or cluster: as many as there are cores';

create table research_breakers (
    run_id text primary key,
    refused_in_a_row integer not null default 0,
    opened_at timestamptz,
    updated_at timestamptz not null default now()
);
comment on table research_breakers is
'One row per run that downloads: how often in a row the site refused it, and since when it stopped';

-- A table `videos` that is there already goes on as it is: rows the schema cannot hold are put by, columns get the type they
-- need,
-- and those of its own that have a name of ours keep their data under another one.
do $$
declare
    found record;
begin
    if to_regclass('videos') is null then
        return;
    end if;
    for found in
        select attributes.attname from pg_attribute as attributes
        where attributes.attrelid = to_regclass('videos') and attributes.attnum > 0 and not attributes.attisdropped
            and attributes.attname = any(array[
                'author_uid', 'author_sec_uid', 'duration_s', 'language', 'is_language_assumed', 'speech_state', 'ocr_state',
                'engines', 'schema_version', 'posted_at', 'counts', 'caption', 'hashtags', 'frames_found', 'has_video', 'sha256',
                'gone_at', 'added_at', 'is_made_up', 'found_words'
            ])
    loop
        execute format('alter table videos rename column %I to %I', found.attname, found.attname || '_original');
    end loop;
    -- A key of their own on something else, or one that points here, says nothing about video_id.
    for found in
        select constraints.conname, constraints.conrelid::regclass as table_name
        from pg_constraint as constraints
        where constraints.contype = 'f' and constraints.conrelid = to_regclass('videos')
            or constraints.contype = 'p' and constraints.conrelid = to_regclass('videos')
                and constraints.conkey <> array[(
                    select attnum from pg_attribute where attrelid = to_regclass('videos') and attname = 'video_id'
                )]
    loop
        execute format('alter table %s drop constraint %I', found.table_name, found.conname);
    end loop;
    execute 'insert into adopted_leftovers (table_name, row_data, reason) select ''videos'', to_jsonb(old), ''no video_id'''
        ' from videos as old where nullif(btrim(old.video_id::text), '''') is null';
    execute 'delete from videos as old where nullif(btrim(old.video_id::text), '''') is null';
    execute 'insert into adopted_leftovers (table_name, row_data, reason) select ''videos'', to_jsonb(old),'
        ' ''the same video_id again'' from videos as old where exists ('
        'select from videos as other where btrim(other.video_id::text) = btrim(old.video_id::text) and other.ctid > old.ctid)';
    execute 'delete from videos as old using videos as other'
        ' where btrim(other.video_id::text) = btrim(old.video_id::text) and other.ctid > old.ctid';
    for found in
        select attributes.attname
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('videos') and attributes.attnum > 0 and not attributes.attisdropped
            and attributes.attnotnull and attributes.attidentity = '' and not attributes.atthasdef
            and attributes.attname <> 'video_id'
            and not exists (
                select from pg_index
                where indrelid = to_regclass('videos') and indisprimary and attributes.attnum = any(indkey::smallint [])
            )
    loop
        execute format('alter table videos alter column %I drop not null', found.attname);
    end loop;
    for found in
        select attributes.attname, needed.kind, attributes.atttypid::regtype::text as has
        from (
            values
            ('video_id', 'text'), ('url', 'text'), ('author', 'text'), ('title', 'text'), ('transcript', 'text'),
            ('ocr_text', 'text'), ('gcs_prefix', 'text'), ('frame_count', 'integer'), ('processed_at', 'timestamptz')
        ) as needed (name, kind)
        inner join pg_attribute as attributes
            on attributes.attrelid = to_regclass('videos') and attributes.attname = needed.name
        where not attributes.attisdropped and attributes.atttypid <> needed.kind::regtype
    loop
        execute format('alter table videos alter column %I drop default', found.attname);
        execute format(
            'alter table videos alter column %1$I type %2$s using %3$s', found.attname, found.kind,
            case
                when found.kind = 'text' then format('%I::text', found.attname)
                when found.kind = 'integer' then format('nullif(btrim(%I::text), '''')::numeric::integer', found.attname)
                when found.has in ('timestamp without time zone', 'date') then format(
                    '%I::timestamp at time zone ''UTC''', found.attname
                )
                else format('nullif(btrim(%I::text), '''')::timestamptz', found.attname)
            end
        );
    end loop;
    update videos set video_id = btrim(video_id) where video_id <> btrim(video_id);
    if not exists (select from pg_index where indrelid = to_regclass('videos') and indisprimary) then
        alter table videos add primary key (video_id);
    end if;
end $$;

create table if not exists videos (video_id text primary key);
alter table videos
    add column if not exists url text,
    add column if not exists author text,
    add column if not exists title text,
    add column if not exists transcript text,
    add column if not exists ocr_text text,
    add column if not exists gcs_prefix text,
    add column if not exists frame_count integer,
    add column if not exists processed_at timestamptz,
    add column if not exists author_uid text,
    add column if not exists author_sec_uid text,
    add column if not exists duration_s double precision,
    add column if not exists language text,
    add column if not exists is_language_assumed boolean not null default false,
    add column if not exists speech_state text,
    add column if not exists ocr_state text,
    add column if not exists engines jsonb not null default '{}',
    add column if not exists schema_version integer not null default 0,
    add column if not exists posted_at timestamptz,
    add column if not exists counts jsonb not null default '{}',
    add column if not exists caption text,
    add column if not exists hashtags text [] not null default '{}',
    add column if not exists frames_found integer,
    add column if not exists has_video boolean not null default false,
    add column if not exists sha256 jsonb not null default '{}',
    add column if not exists gone_at timestamptz,
    add column if not exists added_at timestamptz not null default now(),
    add column if not exists is_made_up boolean not null default false,
    add column if not exists found_words tsvector;
create index videos_words on videos using gin (found_words);
create index library_author_uid on videos (author_uid);
create index library_author on videos (lower(author collate ucs_basic));
create index library_added on videos (added_at);
comment on table videos is
'One row per video whose artefacts lie in the store; names of columns as people''s own tools know them';
comment on column videos.gcs_prefix is 'Where the artefacts lie, whatever the store';
comment on column videos.frame_count is 'Frames that were uploaded; frames_found were kept before thinning';
comment on column videos.counts is 'Plays, hearts, comments, shares, saves as the page gave them: those that it gave';
comment on column videos.sha256 is 'SHA-256 of every artefact in the store, by its name; empty in rows that were there before';
comment on column videos.gone_at is 'When a later look found it gone at its source';
comment on column videos.found_words is 'Caption (A), speech (B) and screen text (C), in the terms of library_terms()';

create table media_removals (
    video_id text primary key,
    prefix text,
    folder text,
    reason text not null check (reason in ('erasure', 'retention', 'gone', 'made_up')),
    asked_at timestamptz not null default now()
);
comment on table media_removals is
'One row per video whose objects are to go from the store: written with the row that goes, removed when they are gone';

create table video_passages (
    video_id text not null references videos (video_id) on delete cascade,
    source text not null check (source in ('speech', 'screen', 'caption')),
    number integer not null,
    starts_s double precision,
    ends_s double precision,
    text text not null,
    found_words tsvector,
    primary key (video_id, source, number)
);
comment on table video_passages is
'One row per thing said, shown, or written under a video, with its seconds: what an answer of the search quotes';

create function handle_in(address text) returns text
language sql immutable strict parallel safe
as $$
    select nullif(split_part(split_part(split_part(lower(address collate ucs_basic), '/@', 2), '/', 1), '?', 1), '');
$$;
comment on function handle_in(text) is 'The handle in an address of a video, in small letters';

-- Whose a video is: by the author's id, and where that is not known by the handle of then, in a column or in the address.
create function videos_of_author(author_id text, subjects text [], author_handles text []) returns setof text
language sql stable
as $$
    select videos.video_id from videos
    where videos.author_uid = author_id
        or lower(videos.author_sec_uid collate ucs_basic) = any(subjects)
        or videos.author_uid is null and (
            ltrim(lower(videos.author collate ucs_basic), '@') = any(author_handles)
            or handle_in(videos.url) = any(author_handles)
        )
    union
    select research_hits.video_id from research_hits
    where research_hits.author_uid = author_id
        or lower(research_hits.author_sec_uid collate ucs_basic) = any(subjects)
        or research_hits.author_uid is null and (
            ltrim(lower(research_hits.handle collate ucs_basic), '@') = any(author_handles)
            or handle_in(research_hits.url) = any(author_handles)
        )
    union
    select research_videos.video_id from research_videos
    where handle_in(research_videos.url) = any(author_handles)
        and not exists (
            select from videos
            where videos.video_id = research_videos.video_id and videos.author_uid is not null
        )
        and not exists (
            select from research_hits
            where research_hits.video_id = research_videos.video_id and research_hits.author_uid is not null
        );
$$;
comment on function videos_of_author(text, text [], text []) is
'The videos of a person, by id, by the other ids in small letters, and by handles in small letters';

create table research_marks (
    video_id text not null references videos (video_id) on delete cascade,
    query_id text not null default '',
    is_relevant boolean not null,
    marked_by text not null,
    marked_at timestamptz not null default now(),
    primary key (video_id, query_id)
);
comment on table research_marks is 'One row per video and query (empty for none) that somebody judged';

create table research_looks (
    reader text primary key,
    looked_at timestamptz not null
);
comment on table research_looks is 'One row per user: since when what is in the library is new to them';

-- Serper: its smallest packet. What an answer cost in credits is in the answer.
insert into api_prices (vendor, from_call, usd) values ('serper', 1, 0.001);

create view research_progress as
select
    queries.position as query_index,
    queries.text as query,
    -- The words of before: there nothing found was a failed search.
    case queries.status when 'no_results' then 'search_failed' when 'open' then 'pending' else queries.status end as status,
    queries.reason,
    count(hits.video_id) as videos_found,
    count(*) filter (where states.download_state = 'done' or states.state = 'uploaded') as videos_downloaded,
    count(*) filter (where states.state in ('processed', 'validated', 'uploaded')) as videos_processed,
    count(*) filter (where states.state = 'uploaded') as videos_uploaded,
    count(*) filter (where states.state = 'failed') as videos_failed,
    count(*) filter (where states.state = 'skipped') as videos_skipped,
    queries.credits,
    queries.searched_at,
    queries.closed_at
from research_queries as queries
left join research_hits as hits on queries.query_id = hits.query_id
left join research_videos as states on hits.video_id = states.video_id
group by queries.query_id;
comment on view research_progress is 'One row per query: its status in the words of progress.json, and how far its videos are';

create view research_failed as
select
    failures.at,
    failures.type,
    failures.query_index,
    failures.query,
    failures.video_id,
    failures.error,
    failures.details
from research_failures as failures;
comment on view research_failed is 'One row per stage that ended badly in a run, with the keys of failures.json';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format(
            'revoke execute on function handle_in(text), videos_of_author(text, text [], text []) from %s', role_name
        );
        continue when role_name = 'public';
        execute format(
            'revoke all on table research_queries, research_hits, research_set_aside, research_videos, research_failures, '
            'research_leases, research_breakers, videos, media_removals, video_passages, research_marks, research_looks, '
            'research_progress, research_failed from %I',
            role_name
        );
    end loop;
end $$;
