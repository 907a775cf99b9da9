-- Days whose alerts are to be worked out at the end of a run: its own, and those shortly before it that were complete and are
-- not worked out yet; one row per day, the earliest first. None where the run is a replay or dry, measures nobody, or is not
-- complete. Parameters: run_id text, days int (so many, its own among them).
select days.day
from runs as own
cross join lateral complete_days(own.day - %(days)s::integer + 1, own.day) as days (day)
where
    own.pipeline = 'comets'
    and own.run_id = %(run_id)s::text
    and own.mode = 'live'
    and own.state = 'complete'
    and not coalesce((own.settings ->> 'dry_run')::boolean, false)
    and not coalesce((own.settings ->> 'skip_roll_call')::boolean, false)
    and (days.day = own.day or days.day not in (select worked.day from alert_days as worked))
order by days.day;
