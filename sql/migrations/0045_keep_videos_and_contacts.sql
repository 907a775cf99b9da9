-- Videos of creators of the roster and where creators say they can be reached, kept beyond the answers in which they stood: all
-- of it was paid for already.

create table creator_videos (
    user_id text not null,
    video_id text not null,
    posted_at timestamptz,
    duration_ms bigint check (duration_ms > 0),
    plays bigint not null check (plays >= 0),
    likes bigint check (likes >= 0),
    comments bigint check (comments >= 0),
    shares bigint check (shares >= 0),
    saves bigint check (saves >= 0),
    caption text,
    hashtags text [],
    language text,
    music_id text,
    music_title text,
    cover_url text,
    seen_at timestamptz not null,
    first_seen_on date not null,
    last_seen_on date not null,
    primary key (user_id, video_id)
);
comment on table creator_videos is
'One row per creator of the roster and video of theirs that was ever screened, as the latest search answer with it says; '
'NULL: it does not say';
comment on column creator_videos.plays is 'As counted at seen_at, like likes, comments, shares and saves';
comment on column creator_videos.hashtags is 'Without #, in the order of the caption; {}: the answer says there are none';
comment on column creator_videos.cover_url is 'Signed address of the cover, good for some hours after seen_at';
comment on column creator_videos.seen_at is 'When the latest answer with it came';
comment on column creator_videos.first_seen_on is 'The first day on which it was seen; the days are in creator_video_sightings';

create table creator_video_sightings (
    user_id text not null,
    video_id text not null,
    day date not null,
    seen_at timestamptz not null,
    plays bigint not null check (plays >= 0),
    likes bigint check (likes >= 0),
    comments bigint check (comments >= 0),
    shares bigint check (shares >= 0),
    saves bigint check (saves >= 0),
    primary key (user_id, video_id, day)
);
comment on table creator_video_sightings is
'One row per video of creator_videos and day on which a search answer held it: its counts in the latest answer of that day';

create table creator_contacts (
    user_id text not null,
    kind text not null check (kind in ('email', 'instagram', 'youtube', 'link', 'category')),
    contact text not null check (contact <> ''),
    found_in text not null,
    seen_at timestamptz not null,
    primary key (user_id, kind, contact)
);
comment on table creator_contacts is
'One row per creator of the roster, kind and contact that their latest profile states; what it states no more is gone';
comment on column creator_contacts.found_in is 'bio, or the field of the profile';
comment on column creator_contacts.seen_at is 'When the latest profile came';

alter table creators add column has_contacts_read boolean not null default false;
comment on column creators.has_contacts_read is
'Whether creator_contacts is what their profiles say; false: the stored one is still to be read';

do $$
declare
    table_name text;
    role_name text;
begin
    foreach table_name in array array['creator_videos', 'creator_video_sightings', 'creator_contacts'] loop
        foreach role_name in array array['anon', 'authenticated'] loop
            continue when not exists (select from pg_roles where rolname = role_name);
            execute format('revoke all on table %I from %I', table_name, role_name);
        end loop;
    end loop;
end $$;
