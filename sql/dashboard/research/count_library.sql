-- One row: how many videos there are, and how many are new since then. Parameters: since timestamptz or null.
select
    count(*) as videos,
    count(*) filter (where kept.added_at > coalesce(%(since)s::timestamptz, '-infinity')) as new_ones
from videos as kept;
