-- How many calls of the vendor's day a search may still make without costing the roll call more than a share of its own; one row.
-- spare NULL: as many as it likes, for there is no pace, or no roll call ran lately whose calls are to be kept.
-- Parameters: name text (the rate limit), day date, live_until timestamptz, share float (of a day's calls, always free).
with
pace as (
    select
        extract(epoch from limits.emission) as seconds_per_call,
        greatest(clock_timestamp(), limits.next_free_at, limits.paused_until) as free_at
    from rate_limits as limits
    where limits.name = %(name)s::text
),

due as (
    select
        count(*) * (
            -- Calls that a creator took yesterday: some answer to their second id only, some at a second try.
            select coalesce(count(*)::numeric / nullif(count(*) filter (where calls.holds_identity), 0), 1)
            from api_calls as calls
            where calls.day = %(day)s::date - 1 and calls.endpoint = 'user_profile' and calls.pipeline = 'comets'
        ) as calls
    from creators_unmeasured(%(day)s::date, false)
),

others as (
    select count(*) as calls
    from api_calls as calls
    where calls.day = %(day)s::date and calls.pipeline <> 'comets' and vendor_of(calls.endpoint) = 'tikhub'
),

roll_call as (
    select count(*) > 0 as runs_lately
    from runs
    where runs.pipeline = 'comets' and runs.day between %(day)s::date - 3 and %(day)s::date
)

select
    (
        select
            floor(
                greatest(
                    extract(epoch from %(live_until)s::timestamptz - pace.free_at) / pace.seconds_per_call - due.calls,
                    -- The call that is asked about is claimed already, and among these.
                    86400 / pace.seconds_per_call * %(share)s::float8 + 1 - others.calls
                )
            )::bigint
        from pace
        cross join due
        cross join others
        cross join roll_call
        where roll_call.runs_lately and due.calls > 0
    ) as spare;
