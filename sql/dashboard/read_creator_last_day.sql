-- The latest day a creator has a snapshot of; one row, NULL without any. Parameters: user_id text.
select max(stats.recorded_date) as day
from creator_stats as stats
where stats.user_id = %(user_id)s::text;
