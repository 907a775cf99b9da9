-- How many rows of each table are about a person; one row. Parameters: user_id text, handles text[] (lower case), words text[]
-- (lower case).
select
    (select count(*) from creators where creators.user_id = %(user_id)s::text) as creators,
    (select count(*) from creator_stats as stats where stats.user_id = %(user_id)s::text) as creator_stats,
    (select count(*) from handle_history as history where history.user_id = %(user_id)s::text) as handle_history,
    (select count(*) from roll_call_misses as misses where misses.user_id = %(user_id)s::text) as roll_call_misses,
    (select count(*) from verdicts where verdicts.user_id = %(user_id)s::text) as verdicts,
    (select count(*) from overrules where overrules.user_id = %(user_id)s::text) as overrules,
    (select count(*) from standings where standings.user_id = %(user_id)s::text) as standings,
    (select count(*) from breakout_rankings as ranked where ranked.user_id = %(user_id)s::text) as breakout_rankings,
    (
        select count(*)
        from roll_call_batches as batches
        where batches.user_ids @> array[%(user_id)s::text]
    ) as roll_call_batches,
    (
        select count(*)
        from adopted_leftovers as leftovers
        where
            leftovers.row_data ->> 'user_id' = %(user_id)s::text
            or (
                leftovers.row_data ->> 'user_id' is null
                and lower((leftovers.row_data ->> 'handle') collate ucs_basic) = any(%(handles)s::text [])
            )
    ) as adopted_leftovers,
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
    ) as miss_keywords,
    (
        select count(*)
        from standings
        where standings.user_id <> %(user_id)s::text and lower(standings.source_trend collate ucs_basic) = any(%(words)s::text [])
    ) as standing_keywords,
    (
        select count(*)
        from call_summaries as sums
        where lower(sums.keyword collate ucs_basic) = any(%(words)s::text [])
    ) as summary_keywords;
