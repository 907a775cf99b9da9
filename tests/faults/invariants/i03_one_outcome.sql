-- Never both: nobody has an observed snapshot and a miss on the same day. Rows: creators with both.
select misses.user_id || ' on ' || misses.day as violation
from roll_call_misses as misses
inner join creator_stats as stats
    on misses.user_id = stats.user_id and misses.day = stats.recorded_date and not stats.is_estimated;
