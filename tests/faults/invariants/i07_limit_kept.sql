-- The shared limiter keeps its pace and its queue is short: what it has promised lies at most the longest queue (1 s) and a
-- crowd of waiting threads ahead. (Whether the limit held is read from the sandbox's log.) Rows: limits out of bounds.
select limits.name as violation
from rate_limits as limits
where
    limits.emission <> make_interval(secs => %(emission)s::float8)
    or limits.next_free_at > greatest(clock_timestamp(), limits.paused_until) + interval '2 seconds';
