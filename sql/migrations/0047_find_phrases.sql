-- Phrases are found by an index as well: which two terms stand side by side. Before, each video that has the words of a phrase
-- was read to see whether they stand in its order; of common words that is the whole library.

-- A number of a million for each two terms that stand side by side: the index stays a tenth of what it would be with a key for
-- each. What shares its number with another pair is told apart when the video is read.
create function library_pairs(given tsvector) returns integer []
language sql immutable strict parallel safe
-- Never asked again of what the index found.
cost 10000
as $$
    with placed as (
        select
            terms.lexeme,
            places.place
        from unnest(given) as terms
        cross join unnest(terms.positions) as places (place)
    )

    select coalesce(array_agg(distinct hashtext(placed.lexeme || ' ' || follows.lexeme) & 1048575), '{}')
    from placed
    inner join placed as follows on placed.place + 1 = follows.place
$$;
comment on function library_pairs(tsvector) is 'The numbers of all terms that stand side by side';

create index videos_pairs on videos using gin (library_pairs(found_words));

-- What is long lies beside the table: whoever looks through many videos reads their ids and days alone.
alter table videos set (toast_tuple_target = 256);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated'] loop
        continue when role_name <> 'public' and not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function library_pairs(tsvector) from %s', role_name);
    end loop;
end $$;
