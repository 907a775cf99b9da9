-- Replaces search words that are a person's name; one row with the number of rows changed in each table.
-- Parameters: words text[] (lower case), blanks text[] (parallel).
with
spelled as (
    select given.*
    from unnest(%(words)s::text [], %(blanks)s::text []) as given (word, blank)
),

trends as (
    update daily_trends as kept
    set trend_keyword = spelled.blank
    from spelled
    where lower(kept.trend_keyword) = spelled.word
    returning kept.rank
),

judged as (
    update verdicts as kept
    set keyword = spelled.blank
    from spelled
    where lower(kept.keyword) = spelled.word
    returning kept.day
),

said as (
    update overrules as kept
    set keyword = spelled.blank
    from spelled
    where lower(kept.keyword) = spelled.word
    returning kept.day
),

people as (
    update creators as kept
    set first_seen_keyword = spelled.blank
    from spelled
    where lower(kept.first_seen_keyword) = spelled.word
    returning kept.status
),

stats as (
    update creator_stats as kept
    set source_trend = spelled.blank
    from spelled
    where lower(kept.source_trend) = spelled.word
    returning kept.recorded_date
),

standing as (
    update standings as kept
    set source_trend = spelled.blank
    from spelled
    where lower(kept.source_trend) = spelled.word
    returning kept.day
),

sums as (
    delete from call_summaries as kept
    using spelled
    where lower(kept.keyword) = spelled.word
    returning kept.*, spelled.blank
),

-- Spellings that differed in large and small letters alone end in one sum.
resummed as (
    insert into call_summaries as kept (day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)
    select
        sums.day,
        sums.endpoint,
        sums.blank,
        sums.outcome,
        sum(sums.calls),
        sum(sums.billed),
        sum(sums.usd),
        sum(sums.latency_ms)
    from sums
    group by sums.day, sums.endpoint, sums.blank, sums.outcome
    on conflict (day, endpoint, keyword, outcome) do update
        set
            calls = kept.calls + excluded.calls,
            billed = kept.billed + excluded.billed,
            usd = kept.usd + excluded.usd,
            latency_ms = kept.latency_ms + excluded.latency_ms
    returning kept.day
)

select
    (select count(*) from trends) as daily_trends,
    (select count(*) from judged) as verdict_keywords,
    (select count(*) from said) as overrule_keywords,
    (select count(*) from people) as creator_keywords,
    (select count(*) from stats) as stats_keywords,
    (select count(*) from standing) as standing_keywords;
