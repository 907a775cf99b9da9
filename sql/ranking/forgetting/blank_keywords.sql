-- Replaces search words in the ranking that are a person's name; one row with the number of rows changed.
-- Parameters: words text[] (as they are spelled), blanks text[] (parallel).
with
standing as (
    update standings as kept
    set source_trend = spelled.blank
    from unnest(%(words)s::text [], %(blanks)s::text []) as spelled (word, blank)
    where kept.source_trend = spelled.word
    returning kept.day
)

select count(*) as standing_keywords
from standing;
