-- How many videos have files in the store; one row: how many, the first day, how many are past their time.
-- Parameters: before date.
select
    count(*) as kept,
    (min(coalesce(kept.processed_at, kept.added_at)) at time zone 'UTC')::date as first_day,
    count(*) filter (
        where coalesce(kept.processed_at, kept.added_at) < %(before)s::date::timestamp at time zone 'UTC'
    ) as overdue
from videos as kept
where kept.gcs_prefix is not null and kept.sha256 <> '{}'::jsonb;
