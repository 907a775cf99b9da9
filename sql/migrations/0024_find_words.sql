-- The search finds words inside handles and names: which they are, and where they are kept. Who has a row of one day is ranked
-- apart.

-- The words of a handle and a name, in small letters; signs part words. Of scripts that write without spaces between words each
-- letter is kept with the one after it, so that what stands in the middle is found as well.
create function words_of(handle text, nickname text) returns tsvector
language plpgsql immutable parallel safe
as $$
declare
    signs constant text := '._-/\@:#&+~*|!?,;=''"()[]{}<>%$^`';
    names constant text := lower(translate(concat(handle, ' ', nickname), signs, repeat(' ', length(signs))));
    -- Thai, Lao, Burmese and Khmer, kana, ideographs, Hangul, and half-width kana.
    dense constant text := '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff'
    '\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]+';
begin
    if octet_length(names) = length(names) or names !~ dense then
        return to_tsvector('pg_catalog.simple', names);
    end if;
    return to_tsvector('pg_catalog.simple', regexp_replace(names, dense, ' ', 'g')) || (
        select array_to_tsvector(array_agg(distinct substr(runs.letters[1], place, 2)))
        from regexp_matches(names, dense, 'g') as runs (letters)
        cross join generate_series(1, length(runs.letters[1])) as place
    );
end $$;

-- Apart from creators and standings, whose rows are written anew every day: an index there would be, too. Words change as rarely
-- as names do.
create table creator_words (
    user_id text primary key,
    words tsvector not null
);
comment on table creator_words is 'The words of each creator''s handle and name, for the search; kept by triggers of creators';

create function keep_words() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' then
        delete from creator_words where creator_words.user_id = old.user_id;
    else
        insert into creator_words as kept (user_id, words)
        values (new.user_id, words_of(new.handle, new.nickname))
        on conflict (user_id) do update set words = excluded.words where kept.words <> excluded.words;
    end if;
    return null;
end $$;
create trigger keep_words after insert or delete on creators
for each row execute function keep_words();
create trigger renew_words after update on creators
for each row when ((old.handle, old.nickname) is distinct from (new.handle, new.nickname))
execute function keep_words();

-- From here on nobody writes creators until this migration ends: none is missed.
insert into creator_words (user_id, words)
select
    creators.user_id,
    words_of(creators.handle, creators.nickname)
from creators;
create index creator_words_words on creator_words using gin (words);

-- The indexes of standings. A day changes every row, and a million rows are written three times as fast without them: the refresh
-- has them dropped before and made after it. Meanwhile whoever reads is answered without them: late, and right.
create or replace function make_standing_indexes() returns void
language plpgsql volatile
as $$
begin
    perform set_config('maintenance_work_mem', '256MB', true);
    perform set_config('client_min_messages', 'warning', true);
    -- The page sorts by any of these: those not known come last, and the id decides between equals. Filters are answered from
    -- the index alone, also where those who fit stand far down the order.
    create index if not exists standings_growth_1 on standings (growth_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_growth_7 on standings (growth_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_growth_30 on standings (growth_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_1 on standings (percent_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_7 on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_30 on standings (percent_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_acceleration on standings (acceleration desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_score on standings (score desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    -- Over one day only those of one day are ranked: where few were measured, most others would stand before them.
    create index if not exists standings_day_growth_1 on standings (day desc, growth_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading);
    create index if not exists standings_day_percent_1 on standings (day desc, percent_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading);
    -- Filters that leave few: those rows are read and sorted.
    create index if not exists standings_trend on standings (source_trend);
    create index if not exists standings_handle on standings (lower(handle) text_pattern_ops);
end $$;

-- Drops them; false, and nothing done, when somebody who reads did not end within a second: nobody is kept waiting for longer.
create or replace function drop_standing_indexes() returns boolean
language plpgsql volatile
as $$
begin
    perform set_config('lock_timeout', '1s', true);
    drop index if exists
        standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7,
        standings_percent_30, standings_acceleration, standings_score, standings_trend, standings_day,
        standings_handle, standings_nickname, standings_day_growth_1, standings_day_percent_1;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
    role_name text;
begin
    drop index if exists standings_nickname, standings_day;
    perform make_standing_indexes();
    -- Written anew, a function has lost what was said of it.
    execute format('alter function make_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('alter function drop_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    revoke execute on function words_of(text, text), keep_words() from public;
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table creator_words from %I', role_name);
        execute format('revoke execute on function words_of(text, text), keep_words() from %I', role_name);
    end loop;
end $$;

comment on column standings.is_fading is 'Has lost more than 0.5 % of the followers of 7 days before';
