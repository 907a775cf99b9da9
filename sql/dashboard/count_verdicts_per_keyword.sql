-- How many verdicts each keyword of each day has, and when the last of them was made; one row per day and keyword, the newest
-- day first. Parameters: first date, last date (both included).
select
    verdicts.day,
    verdicts.keyword,
    count(*)::integer as videos,
    max(verdicts.screened_at) as screened_at
from verdicts
where verdicts.day between %(first)s::date and %(last)s::date
group by verdicts.day, verdicts.keyword
order by verdicts.day desc, verdicts.keyword;
