-- Where a day's keyword came from, so that each source of creators has a yield of its own.

do $$
begin
    -- A column of somebody's own of this name keeps what is in it.
    if exists (
        select from pg_attribute
        where attrelid = 'daily_trends'::regclass and attname = 'keyword_source' and not attisdropped
    ) then
        alter table daily_trends rename column keyword_source to keyword_source_original;
    end if;
end $$;

alter table daily_trends
add column keyword_source text
constraint daily_trends_keyword_source_known check (
    keyword_source in ('trends', 'given', 'hashtags', 'regional', 'users', 'look_alikes')
);
comment on column daily_trends.keyword_source is
'Trending words, words given by hand, followed hashtags, hashtags that trend in a country, words that people are searched by, or
people like those who left the band upwards; NULL where it was not noted';
