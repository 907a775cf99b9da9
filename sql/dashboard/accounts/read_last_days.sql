-- The last day of an account, and the last that was counted to its end; one row. Parameters: account text.
select
    max(stats.date) as last_day,
    max(stats.date) filter (where not stats.is_provisional and stats.video_views is not null) as complete_day
from social_media_stats as stats
where stats.account = %(account)s::text;
