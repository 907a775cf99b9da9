-- Search words that are a person's name or hold a mention of them, as they are spelled; one row per spelling.
-- Parameters: words text[] (lower case), needles text[] (patterns of like, lower case), expression text.
with
used as (
    select trends.trend_keyword as word
    from daily_trends as trends
    union
    (
        -- From word to word by the index: there are few of them in very many rows.
        with recursive
        steps as (
            (
                select lower(verdicts.keyword collate ucs_basic) as word
                from verdicts
                order by lower(verdicts.keyword collate ucs_basic)
                limit 1
            )
            union all
            select
                (
                    select lower(verdicts.keyword collate ucs_basic)
                    from verdicts
                    where lower(verdicts.keyword collate ucs_basic) > steps.word
                    order by lower(verdicts.keyword collate ucs_basic)
                    limit 1
                )
            from steps
            where steps.word is not null
        )

        select verdicts.keyword
        from steps
        inner join verdicts on steps.word = lower(verdicts.keyword collate ucs_basic)
        where steps.word = any(%(words)s::text []) or steps.word like any(%(needles)s::text [])
    )
    union
    select overrules.keyword
    from overrules
    union
    select creators.first_seen_keyword
    from creators
    union
    select stats.source_trend
    from creator_stats as stats
    where stats.source_trend is not null
    union
    select misses.source_trend
    from roll_call_misses as misses
    where misses.source_trend is not null
)

select
    used.word,
    lower(used.word collate ucs_basic) as lower_word
from used
where
    lower(used.word collate ucs_basic) = any(%(words)s::text [])
    or (lower(used.word collate ucs_basic) like any(%(needles)s::text []) and used.word collate ucs_basic ~* %(expression)s::text)
order by used.word;
