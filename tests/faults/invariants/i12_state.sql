-- The rows of all days, as one text each, for comparing before and after. Observation moments are part of them.
select 'stats ' || (stats.*)::text as line from creator_stats as stats
union all
select 'creator ' || (creators.*)::text from creators
union all
select 'handle ' || (history.*)::text from handle_history as history
union all
select 'trend ' || trends.trend_keyword || trends.discovered_at || trends.rank from daily_trends as trends
union all
select 'miss ' || misses.user_id || misses.day || misses.outcome || misses.reason from roll_call_misses as misses
union all
select
    'verdict ' || verdicts.day || verdicts.keyword || verdicts.video_id || verdicts.layer
    || coalesce(verdicts.matched_text, '')
from verdicts
order by 1;
