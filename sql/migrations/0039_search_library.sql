-- Search in what videos say and show: words of every script with their places, so that phrases are found, and parts of texts that
-- are written without spaces. `include/video_research/library.py` cuts what somebody looks for in the same way.

-- The terms of a text in their order: its words without accents; of scripts that write without spaces each letter goes with the
-- one after
-- it, the last by itself.
create function library_terms(given text) returns text []
language plpgsql immutable strict parallel safe
as $$
declare
    -- As in terms_of: Thai, Lao, Burmese and Khmer, kana, ideographs, Hangul.
    dense constant text collate ucs_basic := '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff'
    '\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff';
    longest constant integer := 200;
    words constant text [] := plain_words_of(left(given, 200000));
    told constant text collate ucs_basic := array_to_string(words, ' ');
begin
    if octet_length(told) = length(told) or told !~ ('[' || dense || ']') then
        return array(
            select left(each.word, longest)
            from unnest(words) with ordinality as each (word, place)
            where each.word <> ''
            order by each.place
        );
    end if;
    return array(
        select left(parts.term, longest)
        from (
            select
                runs.place,
                letters.place as inner_place,
                case when runs.found[1] is null then runs.found[2] else substr(runs.found[1], letters.place, 2) end as term
            from regexp_matches(told, '([' || dense || ']+)|([^ ' || dense || ']+)', 'g') with ordinality as runs (found, place)
            cross join lateral generate_series(1, coalesce(length(runs.found[1]), 1)) as letters (place)
        ) as parts
        order by parts.place, parts.inner_place
    );
end $$;
comment on function library_terms(text) is
'What a text of the library is found by, in order; the same as terms() of include/video_research/library.py';

create function library_words(given text, places_before integer default 0) returns tsvector
language sql immutable parallel safe
as $$
    -- 16,383 is the furthest place that a tsvector knows.
    select coalesce(string_agg('''' || terms.term || ''':' || least(terms.place + places_before, 16383), ' '), '')::tsvector
    from unnest(library_terms(coalesce(given, ''))) with ordinality as terms (term, place)
$$;
comment on function library_words(text, integer) is 'The terms of a text with their places, from so many on';

-- Whether what these engines made is as good as new: for each part, the one that made it is among those that are wanted.
create function engines_fit(engines jsonb, wanted jsonb) returns boolean
language sql immutable parallel safe
as $$
    select not exists (
        select
        from jsonb_each(wanted) as parts (part, names)
        where not coalesce(parts.names ? (engines ->> parts.part), false)
    )
$$;
comment on function engines_fit(jsonb, jsonb) is 'Whether results of these engines are as good as those of the wanted ones';

create function keep_video_words() returns trigger
language plpgsql
as $$
begin
    -- A place is left free between them: no phrase begins in one and ends in another.
    new.found_words :=
        setweight(library_words(coalesce(nullif(new.caption, ''), new.title)), 'A')
        || setweight(library_words(new.transcript, 1), 'B')
        || setweight(library_words(new.ocr_text, 1), 'C');
    return new;
end $$;

create function keep_passage_words() returns trigger
language plpgsql
as $$
begin
    new.found_words := library_words(new.text);
    return new;
end $$;

create trigger videos_words before insert or update of caption, title, transcript, ocr_text on videos
for each row execute function keep_video_words();
create trigger video_passages_words before insert or update of text on video_passages
for each row execute function keep_passage_words();

-- Those that were there before.
update videos set title = title;
update video_passages set text = text;

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format(
            'revoke execute on function library_terms(text), library_words(text, integer), engines_fit(jsonb, jsonb) from %s',
            role_name
        );
    end loop;
end $$;
