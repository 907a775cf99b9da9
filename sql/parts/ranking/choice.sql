-- Who of the ranking fits a choice, but for its band, what looks bought, overrules and the shortlist: what stands in a `where`
-- about `ranked`, a row of standings, and `facts`, what is known of their videos. Parameters: days int (the window: 1, 7 or
-- 30), trends text[] or null, status text or null, only_new bool, only_fading bool, on_day date or null (only whose latest row
-- is of this day), language text or null, followers_from bigint or null, followers_to bigint or null, growth_from numeric or
-- null (percent of the window), growth_to numeric or null, engagement_from numeric or null (a share of 1), engagement_to
-- numeric or null, plays_from bigint or null, plays_to bigint or null, above_from numeric or null (a share of 1), above_to
-- numeric or null, best_from numeric or null, best_to numeric or null, per_follower_from numeric or null, per_follower_to
-- numeric or null, weekly_from numeric or null, weekly_to numeric or null, posted_since date or null, posted_until date or null,
-- hashtag text or null (without #, in any capitals), niche text or null, reached_by text[] or null (only who can be reached in
-- one of these ways: kinds of contacts).
and (%(trends)s::text [] is null or ranked.source_trend = any(%(trends)s::text []))
and (%(status)s::text is null or ranked.status = %(status)s::text)
and (not %(only_new)s::boolean or ranked.is_new)
and (not %(only_fading)s::boolean or ranked.is_fading)
and (%(on_day)s::date is null or ranked.day = %(on_day)s::date)
and (%(language)s::text is null or ranked.language = %(language)s::text)
and is_within(ranked.follower_count, %(followers_from)s::bigint, %(followers_to)s::bigint)
and is_within(
    case %(days)s::integer
        when 1 then ranked.percent_1
        when 7 then ranked.percent_7
        when 30 then ranked.percent_30
    end,
    %(growth_from)s::numeric, %(growth_to)s::numeric
)
and is_within(ranked.engagement, %(engagement_from)s::numeric, %(engagement_to)s::numeric)
and is_within(ranked.median_plays, %(plays_from)s::bigint, %(plays_to)s::bigint)
and is_within(ranked.share_above, %(above_from)s::numeric, %(above_to)s::numeric)
and is_within(ranked.best_to_median, %(best_from)s::numeric, %(best_to)s::numeric)
and is_within(ranked.plays_per_follower, %(per_follower_from)s::numeric, %(per_follower_to)s::numeric)
and is_within(ranked.posts_per_week, %(weekly_from)s::numeric, %(weekly_to)s::numeric)
and is_within(ranked.last_post_on, %(posted_since)s::date, %(posted_until)s::date)
and (%(hashtag)s::text is null or facts.hashtags @> array[fold_case(%(hashtag)s::text)])
and (%(niche)s::text is null or facts.niches @> array[fold_case(%(niche)s::text)])
and (%(reached_by)s::text [] is null or ranked.contacts && %(reached_by)s::text [])
