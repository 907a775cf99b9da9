-- How many standings of others stand under search words that are a person's name; one row. Parameters: user_id text, words text[]
-- (lower case).
select count(*) as standing_keywords
from standings
where standings.user_id <> %(user_id)s::text and lower(standings.source_trend collate ucs_basic) = any(%(words)s::text []);
