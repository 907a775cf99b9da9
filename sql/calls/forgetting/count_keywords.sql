-- How many sums of calls stand under search words that are a person's name; one row. Parameters: words text[] (lower case).
select count(*) as summary_keywords
from call_summaries as sums
where lower(sums.keyword collate ucs_basic) = any(%(words)s::text []);
