-- Videos that a run left out are asked again by a run that wants others; Claude's answers are found by their video; and rows that
-- people have in `videos` already, or write into it by tools of their own, are quoted like all others.

alter table research_videos add column bounds jsonb;
comment on column research_videos.bounds is
'What the run wanted that left the video out: one that wants something else takes it up again';

-- What was asked about a video stands under its id; there is little of it in a large ledger.
create index api_calls_by_video on api_calls (split_part(subject, '/', 1)) where endpoint = 'claude/messages';

-- Sentences and lines of a text that nobody gave seconds; what goes on and on in pieces of forty words.
create function pieces_of(given text) returns table (number bigint, piece text)
language sql immutable parallel safe
as $$
    select row_number() over (order by lines.place, words.place / 40), btrim(string_agg(words.word, ' ' order by words.place))
    from regexp_split_to_table(
        replace(coalesce(given, ''), chr(13), chr(10)) collate ucs_basic,
        '[ \t]*\n+[ \t]*|(?<=[.!?\u2026])[ \t]+|(?<=[\u3002\uff01\uff1f])'
    ) with ordinality as lines (line, place)
    cross join lateral (
        select each.word, each.place - 1 as place
        from unnest(string_to_array(lines.line, ' ')) with ordinality as each (word, place)
        where each.word <> ''
    ) as words
    group by lines.place, words.place / 40
$$;
comment on function pieces_of(text) is 'A text in pieces that can be quoted, in their order, from 1';

-- Rows of other hands say nothing of what made them. Which second something was said in is not known there.
create function keep_passages_of_others() returns trigger
language plpgsql
as $$
begin
    delete from video_passages where video_passages.video_id = new.video_id;
    insert into video_passages (video_id, source, number, text)
    select new.video_id, given.source, pieces.number - 1, pieces.piece
    from (values ('speech', new.transcript), ('screen', new.ocr_text)) as given (source, words)
    cross join lateral pieces_of(given.words) as pieces
    union all
    select new.video_id, 'caption', 0, btrim(coalesce(nullif(new.caption, ''), new.title))
    where btrim(coalesce(nullif(new.caption, ''), new.title)) <> '';
    return null;
end $$;

create trigger videos_of_others after insert or update of caption, title, transcript, ocr_text on videos
for each row when (new.schema_version = 0 and new.engines = '{}') execute function keep_passages_of_others();

-- Those that are there.
update videos set title = title where schema_version = 0 and engines = '{}';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function pieces_of(text) from %s', role_name);
    end loop;
end $$;
