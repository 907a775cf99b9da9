-- How many rows about others stand under search words that are a person's name; one row. Parameters: user_id text, words text[]
-- (lower case).
select
    (
        select count(*)
        from daily_trends as trends
        where lower(trends.trend_keyword collate ucs_basic) = any(%(words)s::text [])
    ) as daily_trends,
    (
        select count(*)
        from verdicts
        where verdicts.user_id <> %(user_id)s::text and lower(verdicts.keyword collate ucs_basic) = any(%(words)s::text [])
    ) as verdict_keywords,
    (
        select count(*)
        from overrules
        where overrules.user_id <> %(user_id)s::text and lower(overrules.keyword collate ucs_basic) = any(%(words)s::text [])
    ) as overrule_keywords,
    (
        select count(*)
        from creators
        where
            creators.user_id <> %(user_id)s::text
            and lower(creators.first_seen_keyword collate ucs_basic) = any(%(words)s::text [])
    ) as creator_keywords,
    (
        select count(*)
        from creator_stats as stats
        where stats.user_id <> %(user_id)s::text and lower(stats.source_trend collate ucs_basic) = any(%(words)s::text [])
    ) as stats_keywords,
    (
        select count(*)
        from roll_call_misses as misses
        where misses.user_id <> %(user_id)s::text and lower(misses.source_trend collate ucs_basic) = any(%(words)s::text [])
    ) as miss_keywords;
