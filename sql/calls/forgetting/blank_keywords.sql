-- Replaces search words in the sums of calls that are a person's name; one row with the number of rows changed.
-- Parameters: words text[] (as they are spelled), blanks text[] (parallel).
with
sums as (
    update call_summaries as kept
    set keyword = spelled.blank
    from unnest(%(words)s::text [], %(blanks)s::text []) as spelled (word, blank)
    where kept.keyword = spelled.word
    returning kept.day
)

select count(*) as summary_keywords
from sums;
