-- The columns of somebody of the ranking, `ranked`, by which a page is ordered: one of the four, the others are NULL. The
-- constants are known when the plan is made: what is left of them is one column, and its index. Parameters: ranked_by text
-- (percent_1, percent_7, percent_30, growth_1, growth_7, growth_30, acceleration, score, follower_count, median_plays,
-- engagement, share_above, best_to_median, plays_per_follower, posts_per_week, last_post_on, first_seen_on, handle or
-- source_trend).
ranked.user_id,
case %(ranked_by)s::text
    when 'percent_1' then ranked.percent_1
    when 'percent_7' then ranked.percent_7
    when 'percent_30' then ranked.percent_30
    when 'acceleration' then ranked.acceleration
    when 'score' then ranked.score
    when 'engagement' then ranked.engagement
    when 'share_above' then ranked.share_above
    when 'best_to_median' then ranked.best_to_median
    when 'plays_per_follower' then ranked.plays_per_follower
    when 'posts_per_week' then ranked.posts_per_week
end as by_number,
case %(ranked_by)s::text
    when 'growth_1' then ranked.growth_1
    when 'growth_7' then ranked.growth_7
    when 'growth_30' then ranked.growth_30
    when 'follower_count' then ranked.follower_count
    when 'median_plays' then ranked.median_plays
end as by_count,
case %(ranked_by)s::text
    when 'last_post_on' then ranked.last_post_on
    when 'first_seen_on' then ranked.first_seen_on
end as by_day,
case %(ranked_by)s::text
    when 'handle' then ranked.handle
    when 'source_trend' then ranked.source_trend
end as by_text
