-- Words are found inside handles, names and bios: "chess" finds @the.meiwithchess. By the triples of letters that a word is made
-- of, without an extension, in every script; a word of one or two letters has none, and is sought at the beginnings of words as
-- before.

-- The triples of neighbouring letters in the words of a text, words parted by spaces; a shorter word has none.
create function letter_triples(words text) returns text []
language plpgsql immutable strict parallel safe
-- Never asked again of what the index found.
cost 10000
as $$
declare
    letters constant text [] := string_to_array(words, null);
    found text [];
begin
    for place in 1 .. cardinality(letters) - 2 loop
        if letters[place] <> ' ' and letters[place + 1] <> ' ' and letters[place + 2] <> ' ' then
            found := found || (letters[place] || letters[place + 1] || letters[place + 2]);
        end if;
    end loop;
    return coalesce(found, '{}');
end $$;
comment on function letter_triples(text) is 'What stands for the inside of words in the index of creator_words';

-- The words somebody is found by from the inside, plain, each followed by a space.
create function insides_of(handle text, nickname text, signature text) returns text
language sql immutable parallel safe
as $$
    select array_to_string(plain_words_of(left(concat_ws(' ', handle, nickname, signature), 2000)), ' ');
$$;
comment on function insides_of(text, text, text) is
'The words of handle, name and bio in one form, in which a part of a word is sought';

-- Creators whose handle, name or bio holds all of some words, some of them begun only; at most so many. By the indexes alone: of
-- a word that is in every bio a walk through the table looks cheaper, and asks letter_triples() of each row.
create function creators_named(letters text, patterns text [], begun text, most integer) returns setof text
language plpgsql stable
rows 1000
set enable_seqscan = off
set enable_indexscan = off
as $$
begin
    if letters is not null and begun is not null then
        return query
        select named.user_id
        from creator_words as named
        where
            letter_triples(named.insides) @> letter_triples(letters)
            and named.insides like all(patterns)
            and named.words @@ words_sought(begun)
        limit most;
    elsif letters is not null then
        return query
        select named.user_id
        from creator_words as named
        where letter_triples(named.insides) @> letter_triples(letters) and named.insides like all(patterns)
        limit most;
    elsif begun is not null then
        return query
        select named.user_id
        from creator_words as named
        where named.words @@ words_sought(begun)
        limit most;
    end if;
end $$;
comment on function creators_named(text, text [], text, integer) is
'letters: words that may stand inside others, parted by spaces; patterns: the same for LIKE; begun: words that others begin with';

lock table creators in share row exclusive mode; -- nobody is missed
alter table creator_words add column insides text collate ucs_basic not null default '';
comment on table creator_words is
'The words of each creator''s handle, name and bio, for the search; kept by triggers of creators';
comment on column creator_words.words is 'Those of handle and name, for what a word begins with';
comment on column creator_words.insides is 'Those of handle, name and bio, for what stands inside a word';

create or replace function keep_words() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' then
        delete from creator_words where creator_words.user_id = old.user_id;
    else
        insert into creator_words as kept (user_id, words, handle, insides)
        values (
            new.user_id, words_found(new.handle, new.nickname), lower(new.handle collate ucs_basic),
            insides_of(new.handle, new.nickname, new.signature)
        )
        on conflict (user_id) do update set words = excluded.words, handle = excluded.handle, insides = excluded.insides
        where (kept.words, kept.handle, kept.insides) is distinct from (excluded.words, excluded.handle, excluded.insides);
    end if;
    return null;
end $$;
drop trigger renew_words on creators;
create trigger renew_words after update on creators
for each row when ((old.handle, old.nickname, old.signature) is distinct from (new.handle, new.nickname, new.signature))
execute function keep_words();

update creator_words
set insides = insides_of(creators.handle, creators.nickname, creators.signature)
from creators
where creator_words.user_id = creators.user_id;

do $$
declare
    functions constant text := 'letter_triples(text), insides_of(text, text, text), keep_words(),'
    ' creators_named(text, text [], text, integer)';
    role_name text;
begin
    perform set_config('maintenance_work_mem', '256MB', true);
    create index creator_words_insides on creator_words using gin (letter_triples(insides));
    execute format('revoke execute on function %s from public', functions);
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function %s from %I', functions, role_name);
    end loop;
end $$;
