-- Rows that wait in a DEFAULT partition, with the first and last day of them; one row per table and month, without its beginning
-- for days that no calendar of ours holds.
select
    strays.table_name,
    strays.month_start,
    strays.strays,
    strays.first_day,
    strays.last_day
from stray_rows() as strays;
