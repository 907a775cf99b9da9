-- An observed row was observed on its day (UTC) or in the six hours after it. Rows: rows that were not.
select stats.user_id || ' on ' || stats.recorded_date || ' observed at ' || stats.observed_at as violation
from creator_stats as stats
where
    not stats.is_estimated
    and (
        stats.observed_at is null
        or stats.observed_at < stats.recorded_date::timestamp at time zone 'UTC'
        or stats.observed_at >= (stats.recorded_date + 1)::timestamp at time zone 'UTC' + interval '6 hours'
    );
