-- Why the next turn is far away; one row. paused_until NULL: no pause, the pace alone. Parameters: name text.
select
    case when limits.paused_until > clock_timestamp() then limits.paused_until end as paused_until,
    extract(epoch from limits.emission)::float8 as seconds_per_call
from rate_limits as limits
where limits.name = %(name)s::text;
