-- Keeps a day's keywords; one row out per keyword that was new. Parameters: day date, keywords text[], ranks int[].
insert into daily_trends (trend_keyword, discovered_at, rank, fetched_at)
select distinct on (given.keyword)
    given.keyword,
    %(day)s::date,
    given.rank,
    clock_timestamp()
from unnest(%(keywords)s::text [], %(ranks)s::integer []) as given (keyword, rank)
order by given.keyword, given.rank
on conflict (discovered_at, trend_keyword) do nothing
returning trend_keyword;
