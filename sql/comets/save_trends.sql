-- Keeps a day's keywords; one row out per keyword that was new. Parameters: day date, keywords text[], ranks int[],
-- sources text[] (parallel).
insert into daily_trends (trend_keyword, discovered_at, rank, fetched_at, keyword_source)
select distinct on (given.keyword)
    given.keyword,
    %(day)s::date,
    given.rank,
    clock_timestamp(),
    given.source
from unnest(%(keywords)s::text [], %(ranks)s::integer [], %(sources)s::text []) as given (keyword, rank, source)
order by given.keyword, given.rank
on conflict (discovered_at, trend_keyword) do nothing
returning trend_keyword;
