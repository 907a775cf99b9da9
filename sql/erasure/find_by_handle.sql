-- Everybody whose erasure under that handle was interrupted; one row per person. Parameters: handle text.
select
    under_way.user_id,
    under_way.began_at::date as seen_on
from erasures_under_way as under_way
where lower(%(handle)s::text collate ucs_basic) = any(under_way.handles);
