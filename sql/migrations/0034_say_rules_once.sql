-- Rules that several statements need are said once: how growth is counted, who is due, what became of whom on a
-- day, and what an absence is. All of these are plain enough for the planner to write them out where they are used,
-- so that they cost nothing.

create function growth_followers(followers_before bigint, followers bigint) returns bigint
language sql immutable parallel safe
as $$
    select followers - case when followers_before > 0 then followers_before end
$$;
comment on function growth_followers(bigint, bigint) is 'Growth from one count to another; NULL where there is none to grow from';

create function growth_percent(followers_before bigint, followers bigint) returns numeric
language sql immutable parallel safe
as $$
    -- The zeros make the division exact enough to be rounded once, however large the counts.
    select round(
        (followers - followers_before) * 100.000000000000000000000000
        / case when followers_before > 0 then followers_before end,
        2
    )
$$;
comment on function growth_percent(bigint, bigint) is
'Growth in percent of the first count; NULL where there is none to grow from';

create function is_due(first_seen_on date, next_due_on date, due_day date) returns boolean
language sql immutable parallel safe
as $$
    select (first_seen_on is null or first_seen_on <= due_day) and (next_due_on is null or next_due_on <= due_day)
$$;
comment on function is_due(date, date, date) is 'Whether a creator is to be looked at on a day, known by then and not put off';

-- Who is due on a day and was not measured on it, nor told to be gone, hidden or fallen; one row per creator. A replay looks at
-- those put off as well.
create function creators_unmeasured(due_day date, is_replay boolean) returns table (
    user_id text,
    first_seen_on date,
    last_measured_on date,
    last_missed_on date,
    last_follower_count bigint,
    growth_rate double precision,
    growth_deviation double precision
)
language sql stable
as $$
    select
        creators.user_id,
        creators.first_seen_on,
        creators.last_measured_on,
        creators.last_missed_on,
        creators.last_follower_count,
        creators.growth_rate,
        creators.growth_deviation
    from creators
    where
        is_due(creators.first_seen_on, case when not is_replay then creators.next_due_on end, due_day)
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
$$;

-- Who is to be measured on a day and is in none of its open batches; one row per creator. A batch that was gone through stays as
-- it is: whoever failed in it is planned again in another one. A replay can only measure those whose answer is stored. is_open:
-- no growth known yet, or a suspect fall that needs its second look. has_answer: asked for today already, another call costs
-- nothing. waited: days since the last look, in vain or not. worth: the news to expect.
create or replace function creators_due(
    due_day date, is_replay boolean, min_followers bigint, max_followers bigint
) returns table (
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
    from creators_unmeasured(due_day, is_replay) as creators
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
        (answered.user_id is not null or not is_replay)
        and creators.user_id not in (
            select unnest(batches.user_ids)
            from roll_call_batches as batches
            where batches.day = due_day and batches.done_at is null
        )
$$;

create function part_of_day(is_measured boolean, is_accepted boolean, missed text, next_due_on date, as_of date) returns text
language sql immutable parallel safe
as $$
    select
        case
            when is_measured and is_accepted then 'skipped'
            when is_measured then 'updated'
            when missed in ('gone', 'private', 'banned') then 'gone'
            when missed is not null then missed
            when next_due_on > as_of then 'not_due'
            else 'unmeasured'
        end
$$;
comment on function part_of_day(boolean, boolean, text, date, date) is
'What became of a creator on a day, as the report counts it: skipped is who was found, and so measured, by discovery';

-- How those looked at in vain on a day were found; one row per creator. is_absent: gone or hidden. is_news: no look since their
-- last measurement was in vain. was_shown: the look before had measured them.
create function absences_on(missed_on date) returns table (
    user_id text,
    is_doubted boolean,
    is_absent boolean,
    is_news boolean,
    was_shown boolean
)
language sql stable
as $$
    select
        misses.user_id,
        misses.is_doubted,
        misses.outcome in ('gone', 'private', 'banned'),
        news.is_any,
        earlier.measured_on is not null and news.is_any
    from roll_call_misses as misses
    cross join lateral (
        -- Whoever is looked for at all has been looked for within four weeks.
        select max(stats.recorded_date) as measured_on
        from creator_stats as stats
        where
            stats.user_id = misses.user_id
            and stats.recorded_date between missed_on - 35 and missed_on - 1
            and not stats.is_estimated
    ) as earlier
    cross join lateral (
        select
            not exists (
                select from roll_call_misses as since
                where
                    since.user_id = misses.user_id
                    and since.day > coalesce(earlier.measured_on, missed_on - 36)
                    and since.day < missed_on
            ) as is_any
    ) as news
    where misses.day = missed_on
$$;
