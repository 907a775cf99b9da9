-- Replaces search words that are a person's name; one row with the number of rows changed in each table.
-- Parameters: words text[] (as they are spelled), blanks text[] (parallel).
with
spelled as (
    select given.*
    from unnest(%(words)s::text [], %(blanks)s::text []) as given (word, blank)
),

trends as (
    update daily_trends as kept
    set trend_keyword = spelled.blank
    from spelled
    where kept.trend_keyword = spelled.word
    returning kept.rank
),

judged as (
    update verdicts as kept
    set keyword = spelled.blank
    from spelled
    where lower(kept.keyword collate ucs_basic) = lower(spelled.word collate ucs_basic) and kept.keyword = spelled.word
    returning kept.day
),

said as (
    update overrules as kept
    set keyword = spelled.blank
    from spelled
    where kept.keyword = spelled.word
    returning kept.day
),

people as (
    update creators as kept
    set first_seen_keyword = spelled.blank
    from spelled
    where kept.first_seen_keyword = spelled.word
    returning kept.status
),

stats as (
    update creator_stats as kept
    set source_trend = spelled.blank
    from spelled
    where kept.source_trend = spelled.word
    returning kept.recorded_date
),

misses as (
    update roll_call_misses as kept
    set source_trend = spelled.blank
    from spelled
    where kept.source_trend = spelled.word
    returning kept.day
)

select
    (select count(*) from trends) as daily_trends,
    (select count(*) from judged) as verdict_keywords,
    (select count(*) from said) as overrule_keywords,
    (select count(*) from people) as creator_keywords,
    (select count(*) from stats) as stats_keywords,
    (select count(*) from misses) as miss_keywords;
