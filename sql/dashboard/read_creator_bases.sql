-- What a creator's growth over 1, 7 and 30 days is counted from; one row per window whose earlier day has a row.
-- Parameters: user_id text, day date (of the creator's standing).
select
    windows.days,
    stats.recorded_date,
    stats.observed_at,
    stats.origin,
    stats.is_estimated
from (values (1), (7), (30)) as windows (days)
inner join creator_stats as stats on stats.recorded_date = %(day)s::date - windows.days
where stats.user_id = %(user_id)s::text
order by windows.days;
