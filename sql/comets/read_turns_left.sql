-- How many creators the pace lets be called until a day's numbers are its own no more, less those in an open plan of the day; one
-- row. turns_left NULL: the roster is no larger than a day's calls, or the day is over. Parameters: name text, day date,
-- live_until timestamptz.
with
pace as (
    select
        extract(epoch from limits.emission) as seconds_per_call,
        greatest(clock_timestamp(), limits.next_free_at, limits.paused_until) as free_at,
        floor(86400 / extract(epoch from limits.emission))::bigint as calls_a_day,
        (select count(*) from creators) as roster
    from rate_limits as limits
    where limits.name = %(name)s::text
),

promised as (
    select coalesce(sum(batches.last_position - batches.first_position + 1), 0) as creators
    from roll_call_batches as batches
    where batches.day = %(day)s::date and batches.done_at is null
)

select
    pace.roster,
    pace.calls_a_day,
    case
        when pace.roster > pace.calls_a_day and %(live_until)s::timestamptz > clock_timestamp()
            then greatest(
                0,
                floor(
                    extract(epoch from %(live_until)s::timestamptz - pace.free_at) / pace.seconds_per_call / (
                        -- Calls that a creator took yesterday: some answer to their second id only, some at a second try.
                        select coalesce(count(*)::numeric / nullif(count(*) filter (where calls.holds_identity), 0), 1)
                        from api_calls as calls
                        where calls.day = %(day)s::date - 1 and calls.endpoint = 'user_profile' and calls.pipeline = 'comets'
                    )
                ) - promised.creators
            )::bigint
    end as turns_left
from pace
cross join promised;
