-- Small copies of avatars and covers, so that a page shows whom it speaks of and a verdict of layer 3 can be judged by eye. The
-- addresses of pictures expire within hours, so that a copy is all there is to be shown.

create table pictures (
    user_id text not null,
    video_id text not null,
    picture_id uuid not null default gen_random_uuid() unique,
    image bytea check (
        octet_length(image) between 12 and 10000
        -- What is served as WebP is nothing else.
        and substring(image from 1 for 4) = '\x52494646'::bytea
        and substring(image from 9 for 4) = '\x57454250'::bytea
    ),
    refused text check (
        refused in ('address', 'redirect', 'too_large', 'too_many_pixels', 'unreadable')
    ),
    sha256 bytea generated always as (sha256(image)) stored,
    bytes integer not null generated always as (coalesce(octet_length(image), 0)) stored,
    width smallint check (width between 1 and 160),
    height smallint check (height between 1 and 160),
    detector text,
    face_percent numeric,
    face_score numeric,
    face_left double precision,
    face_top double precision,
    face_width double precision,
    face_height double precision,
    fetched_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (user_id, video_id),
    check ((image is null) = (refused is not null)),
    check (num_nonnulls(image, width, height) in (0, 3)),
    check (num_nonnulls(face_left, face_top, face_width, face_height) in (0, 4))
);
-- WebP is as small as it gets.
alter table pictures alter column image set storage external;
comment on table pictures is
'One row per creator (their avatar) or video of theirs (its cover) of which a picture was fetched on the day it was seen: its '
'small copy, or why there is none; kept until expires_at. Pictures come from the addresses in live answers, at no call';
comment on column pictures.video_id is 'Whose cover it is; empty: the avatar of the creator';
comment on column pictures.picture_id is 'By which the pages ask for it; another copy has another one';
comment on column pictures.image is 'WebP made anew from what was fetched: at most 160 pixels on the longer side, and 10 kB';
comment on column pictures.refused is
'Why nothing is kept: its address may not be asked or leads elsewhere, it has too many bytes or pixels, or is no picture';
comment on column pictures.detector is 'By which layer 3 looked at this very cover, as in verdicts; NULL: it did not';
comment on column pictures.face_percent is 'What it measured, as in verdicts';
comment on column pictures.face_left is
'The box of the face it measured, with face_top, face_width and face_height: shares of width and height; NULL: it found none';
comment on column pictures.expires_at is 'Not shown from then on, and gone with the next housekeeping';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table pictures from %I', role_name);
    end loop;
end $$;
