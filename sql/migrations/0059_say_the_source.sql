-- Numbers of one's own accounts that TikTok's API gives: what they are of, which source each number came from, and how far the
-- API and the exports agree.

alter table social_media_stats
add column overview_source text check (overview_source in ('api', 'export')),
add column viewers_source text check (viewers_source in ('api', 'export')),
add column followers_source text check (followers_source in ('api', 'export'));
comment on column social_media_stats.overview_source is
'Whether the API or an export said these numbers; of a number that another row says, `sources` in `extra` names that row';

alter table content_performance
add column unique_viewers bigint,
add column new_followers bigint,
add column profile_views bigint,
add column total_watch_time double precision,
add column duration double precision,
add column is_provisional boolean not null default false,
add column is_frozen boolean not null default false,
add column source text not null default 'export' check (source in ('api', 'export'));
comment on column content_performance.unique_viewers is 'People who saw it at least once, which is no number of views';
comment on column content_performance.total_watch_time is 'Seconds, as are average_watch_time and duration';
comment on column content_performance.is_provisional is
'A total of the last two days on which the API was asked: it counts 24 to 48 hours late';
comment on column content_performance.is_frozen is 'The API counts a video no longer, 365 days after it was posted';
comment on column content_performance.source is
'Whether an export or the API said this row; what the API fills beside an export is named by `sources` in `extra`';

alter table audience_insights
drop constraint audience_insights_kind_check,
add constraint audience_insights_kind_check
check (kind in ('age', 'gender', 'territory', 'city', 'active_followers', 'traffic_source')),
add column source text not null default 'export' check (source in ('api', 'export'));

alter table account_quality add column compared jsonb not null default '{}';
comment on column account_quality.compared is
'Of the settled days that the API and an export both know: how many, on how many they agree, and the largest difference';

create table account_totals (
    account text not null references accounts (account) on update cascade on delete cascade,
    day date not null,
    asked_at timestamptz not null,
    followers bigint,
    following bigint,
    total_likes bigint,
    total_videos bigint,
    member text not null,
    line integer not null,
    is_made_up boolean not null default false,
    primary key (account, day)
);
comment on table account_totals is
'One row per account and day on which the API was asked: what it had in all, the last time on that day';

-- Until now every number was an export's.
update social_media_stats
set
    overview_source = case when overview_member is not null then 'export' end,
    viewers_source = case when viewers_member is not null then 'export' end,
    followers_source = case when followers_member is not null then 'export' end;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table account_totals from %I', role_name);
    end loop;
end $$;
