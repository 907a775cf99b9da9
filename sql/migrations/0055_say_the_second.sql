-- Which second a word is said in, and how far the engine believes it; words in which OCR mixed letters that look alike are found;
-- and a question to which nothing was found is told as that.

alter table video_passages
add column word_letters integer [],
add column word_seconds real [],
add column probability real;
comment on column video_passages.word_letters is
'For each word the letter of text at which it begins, from 0; null where nothing says when words were said';
comment on column video_passages.word_seconds is 'The seconds of the same words';
comment on column video_passages.probability is
'How far the engine believes its words, in the mean, from 0 to 1; null where it does not say';

-- Whoever puts another text in place of one, as an erasure does, puts other words there: what was known of those of before goes.
create or replace function keep_passage_words() returns trigger
language plpgsql
as $$
begin
    new.found_words := library_words(new.text);
    if tg_op = 'UPDATE' and new.text is distinct from old.text and new.word_letters is not distinct from old.word_letters then
        new.word_letters := null;
        new.word_seconds := null;
    end if;
    return new;
end $$;

-- A word as it looks: one that mixes Latin letters with Cyrillic ones, as OCR writes what looks alike, in Latin ones, or where
-- that cannot be in Cyrillic ones. A word in which both have letters of their own stays.
create function word_in_one_script(word text) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    latin constant text := 'abekmhopctyxijs';
    cyrillic constant text := 'авекмнорстухіјѕ';
    plain constant text collate ucs_basic := word;
    as_latin constant text collate ucs_basic := translate(word, cyrillic, latin);
    as_cyrillic constant text collate ucs_basic := translate(word, latin, cyrillic);
begin
    if plain !~ '[a-z][\u0400-\u04ff]|[\u0400-\u04ff][a-z]' then
        return word;
    end if;
    return case
        when as_latin !~ '[\u0400-\u04ff]' then as_latin
        when as_cyrillic !~ '[a-z]' then as_cyrillic
        else word
    end;
end $$;
comment on function word_in_one_script(text) is
'A plain word that mixes Latin and Cyrillic letters, as it looks; the same as in include/video_research/library.py';

create or replace function library_terms(given text) returns text []
language plpgsql immutable strict parallel safe
as $$
declare
    -- As in terms_of: Thai, Lao, Burmese and Khmer, kana, ideographs, Hangul.
    dense constant text collate ucs_basic := '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff'
    '\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff';
    longest constant integer := 200;
    words text [] := plain_words_of(left(given, 200000));
    told text collate ucs_basic := array_to_string(words, ' ');
begin
    if octet_length(told) <> length(told) and told ~ '[a-z][\u0400-\u04ff]|[\u0400-\u04ff][a-z]' then
        words := array(
            select word_in_one_script(each.word)
            from unnest(words) with ordinality as each (word, place)
            order by each.place
        );
        told := array_to_string(words, ' ');
    end if;
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

-- Those that were there before, where it changes anything.
update videos set title = title
where
    concat_ws(' ', caption, title, transcript, ocr_text) collate ucs_basic
    ~ '[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]';
update video_passages set text = text
where text collate ucs_basic ~ '[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]';

create or replace view research_progress as
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
    queries.closed_at,
    -- As the report and the pages say it.
    case queries.status
        when 'success' then 'done'
        when 'partial_success' then 'done in part'
        when 'no_results' then 'nothing found'
        when 'search_failed' then 'search failed'
        when 'download_failed' then 'no download worked'
        when 'processing_failed' then 'nothing passed'
        when 'upload_failed' then 'no upload worked'
        else queries.status
    end as outcome
from research_queries as queries
left join research_hits as hits on queries.query_id = hits.query_id
left join research_videos as states on hits.video_id = states.video_id
group by queries.query_id;
comment on view research_progress is
'One row per query: its status in the words of progress.json, how far its videos are, and the outcome in the words of the pages';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function word_in_one_script(text) from %s', role_name);
    end loop;
end $$;
