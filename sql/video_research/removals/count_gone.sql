-- How many videos that are gone at their source have files in the store; one row, as for all of them. Parameters: before date.
select
    count(*) as kept,
    (min(kept.gone_at) at time zone 'UTC')::date as first_day,
    count(*) filter (where kept.gone_at < %(before)s::date::timestamp at time zone 'UTC') as overdue
from videos as kept
where kept.gcs_prefix is not null and kept.sha256 <> '{}'::jsonb and kept.gone_at is not null;
