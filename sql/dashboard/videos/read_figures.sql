-- What a creator's videos say together, and how often they post; one row, none for who is not on the roster.
-- Parameters: user_id text.
select
    coalesce(figures.videos, 0) as videos,
    figures.last_seen_on,
    figures.median_plays,
    figures.lower_plays,
    figures.upper_plays,
    figures.best_plays,
    figures.best_to_median,
    figures.videos_above,
    figures.share_above,
    coalesce(figures.engagement_videos, 0) as engagement_videos,
    figures.engagement,
    creators.last_follower_count as followers,
    plays_by_followers(figures.median_plays, creators.last_follower_count) as plays_per_follower,
    usual_plays.plays_per_follower as usual_plays_per_follower,
    usual_plays.creators as usual_creators,
    posting.first_day as counted_from,
    posting.last_day as counted_to,
    posting.posts,
    posting.posts_per_week,
    posting.last_rise_on,
    (figures.last_posted_at at time zone 'utc')::date as last_posted_on,
    greatest((figures.last_posted_at at time zone 'utc')::date, posting.last_rise_on) as last_post_on,
    greatest(posting.last_day, figures.last_seen_on)
    - greatest((figures.last_posted_at at time zone 'utc')::date, posting.last_rise_on) as days_since
from creators
left join creator_video_figures as figures on creators.user_id = figures.user_id
left join usual_plays on size_of(creators.last_follower_count) = usual_plays.size
cross join lateral posting_of(creators.user_id) as posting
where creators.user_id = %(user_id)s::text;
