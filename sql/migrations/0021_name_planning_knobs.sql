-- What the planning of the roll call goes by, in parts that can be read one by one: its knobs in one place, how much news is to
-- be expected of a creator, who is due, and how a plan is cut. The planner takes these functions to pieces, as if they stood in
-- the statement.

create function planning_knobs() returns table (
    first_looks double precision,
    look_ahead double precision,
    take_off double precision,
    silence double precision,
    edge double precision,
    unknown double precision,
    memory double precision,
    alarm double precision,
    calm double precision
)
language sql immutable
as $$
    select
        -- Whose turn it is.
        0.5::double precision, -- first_looks: share of the calls kept for new arrivals while others have waited too long
        0.5::double precision, -- look_ahead: share of the longest wait from whose end on a crowd is looked at in time
        -- How much news there is to expect.
        0.0001::double precision, -- take_off: growth that anybody may begin unseen, per day and day (of the logarithm)
        1.5::double precision, -- silence: power of the days nobody looked
        2.0::double precision, -- edge: factor while an edge of the band is within reach
        -- What a look teaches.
        0.005::double precision, -- unknown: deviation before the second look
        0.2::double precision, -- memory: what is left of the old growth after a day
        0.3::double precision, -- alarm: how much a surprise larger than the deviation counts, at once
        0.95::double precision -- calm: what is left of the deviation after a day without surprises
$$;
comment on function planning_knobs() is 'One row: the numbers the planning and learn_growth go by; the README explains each';

-- How far the count may be by now from the last one (in its logarithm), weighed by the days nobody saw.
create function expected_news(
    rate double precision,
    deviation double precision,
    followers bigint,
    days integer,
    min_followers bigint,
    max_followers bigint
) returns table (worth double precision)
language sql immutable
as $$
    select moved.distance * power(days, knobs.silence) * case when nearest.distance <= moved.distance then knobs.edge else 1 end
    from planning_knobs() as knobs
    cross join lateral (
        -- Going on as before; what could not be foretold before; and anybody may take off, the likelier the longer nobody looks.
        select
            abs(coalesce(rate, 0)) * days + coalesce(deviation, knobs.unknown) * sqrt(days) + knobs.take_off * days * days
                as distance
    ) as moved
    cross join lateral (
        -- To the nearer edge of the band.
        select
            least(
                abs(ln(greatest(1, followers)::double precision / greatest(1, min_followers))),
                abs(ln(greatest(1, followers)::double precision / greatest(1, max_followers)))
            ) as distance
    ) as nearest
$$;

-- Who is to be measured on a day and is in none of its batches yet; one row per creator. A replay can only measure those whose
-- answer is stored. is_open: no growth known yet, or a suspect fall that needs its second look. has_answer: asked for today
-- already, another call costs nothing. waited: days since the last look, in vain or not. worth: the news to expect.
create function creators_due(due_day date, is_replay boolean, min_followers bigint, max_followers bigint) returns table (
    user_id text,
    is_open boolean,
    has_answer boolean,
    waited integer,
    worth double precision
)
language sql stable
as $$
    select
        creators.user_id,
        creators.growth_deviation is null or suspects.user_id is not null,
        answered.user_id is not null,
        greatest(
            0,
            due_day - coalesce(
                greatest(creators.last_measured_on, creators.last_missed_on), creators.first_seen_on, due_day - 10000
            )
        ),
        news.worth
    from creators
    cross join lateral expected_news(
        creators.growth_rate,
        creators.growth_deviation,
        creators.last_follower_count,
        greatest(0, due_day - coalesce(creators.last_measured_on, creators.first_seen_on, due_day)),
        min_followers,
        max_followers
    ) as news
    left join (
        select calls.subject as user_id
        from api_calls as calls
        where
            calls.day = due_day
            and calls.endpoint = 'user_profile'
            and calls.holds_identity
            and calls.outcome <> 'calling'
    ) as answered on creators.user_id = answered.user_id
    left join (
        select
            misses.user_id,
            max(misses.day) as day
        from roll_call_misses as misses
        where misses.outcome = 'suspect' and misses.day between due_day - 7 and due_day - 1
        group by misses.user_id
    ) as suspects on creators.user_id = suspects.user_id and suspects.day > creators.last_measured_on
    where
        (creators.first_seen_on is null or creators.first_seen_on <= due_day)
        and (is_replay or creators.next_due_on is null or creators.next_due_on <= due_day)
        and (answered.user_id is not null or not is_replay)
        and not exists (
            select from creator_stats as stats
            where stats.user_id = creators.user_id and stats.recorded_date = due_day and not stats.is_estimated
        )
        -- These were answered today; asking again would tell the same.
        and creators.user_id not in (
            select misses.user_id
            from roll_call_misses as misses
            where misses.day = due_day and misses.outcome <> 'failed'
        )
        and creators.user_id not in (
            select unnest(batches.user_ids)
            from roll_call_batches as batches
            where batches.day = due_day
        )
$$;

-- How so many creators are cut into batches, and where the day's batches and positions so far end; one row. Small rosters are cut
-- in two at most: a batch of fewer than least_size is not worth a task of its own.
create function cut_batches(
    due_day date, creators bigint, batch_size integer, least_batches integer, least_size integer, most_batches integer
) returns table (size bigint, next_batch integer, last_position integer)
language sql stable
as $$
    select
        greatest(
            1,
            ceil(creators / most_batches::numeric),
            least(batch_size, greatest(ceil(creators / least_batches::numeric), least(least_size, ceil(creators / 2.0))))
        )::bigint,
        coalesce(max(batches.batch) + 1, 0),
        coalesce(max(batches.last_position), 0)
    from roll_call_batches as batches
    where batches.day = due_day
$$;

-- As before, its knobs by their names. A surprise larger than the known deviation counts at once, a smaller one little by little:
-- soon found lively, only slowly found calm.
create or replace function learn_growth(
    rate double precision, deviation double precision, followers_before bigint, followers bigint, days integer
) returns table (growth_rate double precision, growth_deviation double precision)
language sql immutable
as $$
    select
        known.rate + (1 - power(knobs.memory, days)) * (seen.growth - known.rate),
        known.deviation + case
            when surprise.size > known.deviation then knobs.alarm else 1 - power(knobs.calm, days)
        end * (surprise.size - known.deviation)
    from planning_knobs() as knobs
    -- Before the second look nothing is known: nobody is expected to grow.
    cross join lateral (select coalesce(rate, 0) as rate, coalesce(deviation, knobs.unknown) as deviation) as known
    cross join lateral (
        select ln(greatest(followers, 1)::double precision / greatest(followers_before, 1)) / days as growth
    ) as seen
    cross join lateral (select abs(seen.growth - known.rate) * sqrt(days) as size) as surprise
$$;
