-- How long a round over the roster takes at a day's calls, those of the budget or of the set pace, whichever are fewer; one row.
-- days NULL: no call may be made. Parameters: name text, day date, max_calls bigint or null.
with
roster as (
    select count(*) as creators
    from creators
    where is_due(creators.first_seen_on, creators.next_due_on, %(day)s::date)
),

allowed as (
    select least(%(max_calls)s::bigint, floor(86400 / extract(epoch from limits.emission))::bigint) as calls_a_day
    from rate_limits as limits
    where limits.name = %(name)s::text
)

select
    roster.creators,
    allowed.calls_a_day,
    ceil(roster.creators / nullif(allowed.calls_a_day, 0)::numeric)::bigint as days
from roster
cross join allowed;
