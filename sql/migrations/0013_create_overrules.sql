-- What people said against the filters' verdicts, and what the page "Why not?" is searched by.

create table overrules (
    overrule_id bigint generated always as identity primary key,
    made_at timestamptz not null default clock_timestamp(),
    made_by text not null check (made_by <> ''),
    day date not null,
    keyword text not null,
    video_id text not null,
    user_id text not null,
    layer text not null check (layer in ('platform', 'pronoun', 'face', 'criteria')),
    field text,
    subject_text text,
    expected text not null check (expected in ('pass', 'refuse')),
    reason text not null check (length(reason) between 3 and 500),
    withdrawn_at timestamptz check (withdrawn_at >= made_at),
    withdrawn_by text,
    check ((withdrawn_at is null) = (withdrawn_by is null)),
    -- A criterion is overruled by its name: the others still hold.
    check (layer <> 'criteria' or expected = 'refuse' or field in ('followers', 'plays'))
);
comment on table overrules is
'Verdicts overruled by people: labels of the filters, and how these creators are judged from then on, until withdrawn';
comment on column overrules.day is 'Together with keyword and video_id: the verdict that was overruled';
comment on column overrules.subject_text is
'The whole text judged (of a cover: its address) as it stood when it was overruled; NULL where it was not stored any more';
comment on column overrules.expected is
'pass: the layer (or, of the criteria, the one in field) refuses this creator no more; refuse: it refuses them at once';

-- Overruling twice leaves one in force. Of the criteria each may be passed by itself.
create unique index overrules_in_force on overrules (
    user_id, layer, (case when layer = 'criteria' then coalesce(field, '') else '' end)
) where withdrawn_at is null;
create index overrules_creator on overrules (user_id, made_at);
create index overrules_verdict on overrules (video_id);

-- An overrule is a record of what somebody said: it is withdrawn, never edited. Erasure alone blanks a person's name in it.
create function keep_overrules() returns trigger
language plpgsql
as $$
begin
    if (new.overrule_id, new.made_at, new.made_by, new.day, new.video_id, new.user_id, new.layer, new.field, new.expected)
        is distinct from
        (old.overrule_id, old.made_at, old.made_by, old.day, old.video_id, old.user_id, old.layer, old.field, old.expected)
        or (old.withdrawn_at is not null
            and (new.withdrawn_at, new.withdrawn_by) is distinct from (old.withdrawn_at, old.withdrawn_by)) then
        raise exception 'Overrule % is never edited: withdraw it, and make another one.', old.overrule_id
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger overrules_stay before update on overrules
for each row execute function keep_overrules();

-- The primary key (day, keyword, video_id) is the page's order, read backwards. What narrows it down is small: equal entries
-- share one, and what is left of a day is put in order as it is read.
create index verdicts_layer_day on verdicts (layer, day);
create index verdicts_field_day on verdicts (field, day);
create index verdicts_keyword_day on verdicts (lower(keyword), day);
create index verdicts_handle_prefix on verdicts (lower(handle) text_pattern_ops);
create index verdicts_any_video on verdicts (video_id);
-- Finer statistics, so that a beginning or a word that is rare, or not there at all, is known to be.
alter index verdicts_keyword_day alter column 1 set statistics 1000;
alter index verdicts_handle_prefix alter column 1 set statistics 1000;

do $$
declare
    role_name text;
begin
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table overrules from %I', role_name);
    end loop;
end $$;
