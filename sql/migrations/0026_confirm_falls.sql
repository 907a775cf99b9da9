-- A fall is believed once a second look on a later day is low as well, whatever its distance from the first; then every reading
-- of it is the observed row of its own day. Here is that rule, and what it believes of the readings kept so far becomes true.

-- What a reading needs to become the row of its day, and a row to become a reading again.
alter table roll_call_misses
    add column observed_at timestamptz,
    add column origin text check (origin in ('discovery', 'roll_call', 'replay')),
    add column source_trend text;
comment on column roll_call_misses.observed_at is 'When the reading of a suspect fall was answered; NULL for all other misses';
comment on column roll_call_misses.origin is 'What the reading of a suspect fall was made by, as in creator_stats';
comment on column roll_call_misses.source_trend is 'The keyword that a suspect fall was found under, as in creator_stats';
create index roll_call_misses_suspects on roll_call_misses (user_id, day) where outcome = 'suspect';

create function is_fall(believed bigint, followers bigint) returns boolean
language sql immutable parallel safe
as $$
    -- To less than half, or to 0; never false for want of digits.
    select followers < believed - followers
$$;
comment on function is_fall(bigint, bigint) is 'Whether a count is suspect after the last believed one';

-- What is to be believed of a creator's readings, stored rows and kept readings alike; one row per reading, from the last one
-- before a day that does not hang on what came after it. was_believed: it is a row of creator_stats now. fell_from, fell_on: what
-- a first look fell from.
create function judge_readings(creator text, around date) returns table (
    recorded_date date,
    follower_count bigint,
    was_believed boolean,
    is_believed boolean,
    fell_from bigint,
    fell_on date
)
language plpgsql stable
as $$
declare
    reading record;
    first_look record; -- waits for the next reading to decide on it
    is_waiting boolean := false;
    believed bigint;
    believed_on date;
    begin_on date;
begin
    -- A row that is no fall after the row before it is no first look: nothing that comes later can change what it is.
    select rows.recorded_date
    into begin_on
    from (
        select
            stats.recorded_date,
            stats.follower_count,
            lead(stats.follower_count) over (order by stats.recorded_date desc) as followers_before
        from creator_stats as stats
        where stats.user_id = creator and stats.recorded_date < around and not stats.is_estimated
    ) as rows
    where is_fall(rows.followers_before, rows.follower_count) is not true
    order by rows.recorded_date desc
    limit 1;

    for reading in
        select
            stats.recorded_date as day,
            stats.follower_count as followers,
            true as is_row
        from creator_stats as stats
        where
            stats.user_id = creator
            and stats.recorded_date >= coalesce(begin_on, '-infinity')
            and not stats.is_estimated
        union all
        select
            misses.day,
            misses.follower_count,
            false
        from roll_call_misses as misses
        where
            misses.user_id = creator
            and misses.day >= coalesce(begin_on, '-infinity')
            and misses.outcome = 'suspect'
            and misses.follower_count is not null
            and misses.heart_count is not null
            and misses.video_count is not null
        order by day
    loop
        if is_fall(believed, reading.followers) and not is_waiting then
            first_look := reading;
            is_waiting := true;
            continue;
        end if;
        if is_waiting then
            -- Below half as well: both are true. Back above it: the first was none.
            return query select
                first_look.day, first_look.followers, first_look.is_row, is_fall(believed, reading.followers),
                believed, believed_on;
            is_waiting := false;
        end if;
        believed := reading.followers;
        believed_on := reading.day;
        return query select reading.day, reading.followers, reading.is_row, true, null::bigint, null::date;
    end loop;
    if is_waiting then
        return query select first_look.day, first_look.followers, first_look.is_row, false, believed, believed_on;
    end if;
end $$;
comment on function judge_readings(text, date) is 'The rule of falls: which readings of a creator are true';

create function reason_of_fall(fell_from bigint, fell_on date, followers bigint) returns text
language sql immutable parallel safe
as $$
    select
        'fell from ' || ltrim(to_char(fell_from, '9,999,999,999,999,999,999')) || ' followers on '
        || to_char(fell_on, 'YYYY-MM-DD') || ' to ' || ltrim(to_char(followers, '9,999,999,999,999,999,999'))
        || '; looked at again tomorrow'
$$;
comment on function reason_of_fall(bigint, date, bigint) is 'What is said of a suspect fall';

-- Readings kept so far: answered when the ledger says so; whoever was found on that day was found under the best ranked keyword.
update roll_call_misses as misses
set
    observed_at = coalesce(answered.answered_at, misses.missed_at),
    source_trend = found.keyword,
    origin = case
        when misses.missed_at >= misses.day + interval '30 hours' then 'replay'
        when found.keyword is not null then 'discovery'
        else 'roll_call'
    end
from roll_call_misses as suspects
left join lateral (
    select max(calls.answered_at) as answered_at
    from api_calls as calls
    where
        calls.day = suspects.day
        and calls.endpoint = 'user_profile'
        and calls.subject = suspects.user_id
        and calls.outcome = 'answered'
        and calls.holds_identity -- as the index has it: a day of a large roster is not read whole
) as answered on true
left join lateral (
    select verdicts.keyword
    from verdicts
    left join daily_trends
        on suspects.day = daily_trends.discovered_at and verdicts.keyword = daily_trends.trend_keyword
    where verdicts.user_id = suspects.user_id and verdicts.day = suspects.day and verdicts.layer = 'accepted'
    order by daily_trends.rank nulls last, verdicts.keyword
    limit 1
) as found on true
where
    suspects.outcome = 'suspect'
    and misses.user_id = suspects.user_id
    and misses.day = suspects.day;

-- What the rule believes of them becomes rows, one creator after the other: there are few.
do $$
declare
    suspect record;
    last_row record;
    begin_on date; -- the rows around what is promoted: between them, all is counted anew
    end_on date;
begin
    for suspect in
        select
            misses.user_id,
            min(misses.day) as day
        from roll_call_misses as misses
        where misses.outcome = 'suspect'
        group by misses.user_id
        order by misses.user_id
    loop
        perform from creators where creators.user_id = suspect.user_id for no key update;

        with
        believed as (
            select misses.*
            from judge_readings(suspect.user_id, suspect.day) as judged
            inner join roll_call_misses as misses
                on misses.user_id = suspect.user_id and misses.day = judged.recorded_date
            where judged.is_believed and not judged.was_believed
        ),
        promoted as (
            insert into creator_stats as kept (
                user_id, recorded_date, follower_count, heart_count, video_count, source_trend, observed_at, origin, is_estimated
            )
            select
                believed.user_id, believed.day, believed.follower_count, believed.heart_count, believed.video_count,
                believed.source_trend, believed.observed_at, believed.origin, false
            from believed
            on conflict (user_id, recorded_date) do update
                set
                    follower_count = excluded.follower_count,
                    heart_count = excluded.heart_count,
                    video_count = excluded.video_count,
                    source_trend = excluded.source_trend,
                    observed_at = excluded.observed_at,
                    origin = excluded.origin,
                    is_estimated = false
                where kept.is_estimated
            returning recorded_date
        ),
        removed as (
            delete from roll_call_misses as misses
            using believed
            where misses.user_id = believed.user_id and misses.day = believed.day
        )
        select min(promoted.recorded_date), max(promoted.recorded_date)
        into begin_on, end_on
        from promoted;
        continue when begin_on is null;

        select coalesce(max(stats.recorded_date), begin_on)
        into begin_on
        from creator_stats as stats
        where stats.user_id = suspect.user_id and stats.recorded_date < begin_on and not stats.is_estimated;
        select coalesce(min(stats.recorded_date), end_on)
        into end_on
        from creator_stats as stats
        where stats.user_id = suspect.user_id and stats.recorded_date > end_on and not stats.is_estimated;

        delete from creator_stats as stats
        where
            stats.user_id = suspect.user_id
            and stats.recorded_date between begin_on and end_on
            and stats.is_estimated;

        insert into creator_stats (
            user_id, recorded_date, follower_count, heart_count, video_count, origin, is_estimated
        )
        select
            suspect.user_id,
            pairs.recorded_date + steps.step,
            div(2 * (pairs.follower_count::numeric * (pairs.days - steps.step) + pairs.next_followers::numeric * steps.step) + pairs.days, 2 * pairs.days),
            div(2 * (pairs.heart_count::numeric * (pairs.days - steps.step) + pairs.next_hearts::numeric * steps.step) + pairs.days, 2 * pairs.days),
            div(2 * (pairs.video_count::numeric * (pairs.days - steps.step) + pairs.next_videos::numeric * steps.step) + pairs.days, 2 * pairs.days),
            'interpolation',
            true
        from (
            select
                stats.*,
                lead(stats.recorded_date) over ahead - stats.recorded_date as days,
                lead(stats.follower_count) over ahead as next_followers,
                lead(stats.heart_count) over ahead as next_hearts,
                lead(stats.video_count) over ahead as next_videos
            from creator_stats as stats
            where stats.user_id = suspect.user_id and stats.recorded_date between begin_on and end_on
            window ahead as (order by stats.recorded_date)
        ) as pairs
        cross join lateral generate_series(greatest(1, pairs.days - 30), pairs.days - 1) as steps (step);

        update creator_stats as stats
        set
            daily_growth_followers = grown.growth,
            daily_growth_percent = grown.percent,
            compared_with = grown.compared_with
        from (
            select
                rows.recorded_date,
                lag(rows.recorded_date) over before as compared_with,
                case when lag(rows.follower_count) over before > 0
                    then rows.follower_count - lag(rows.follower_count) over before else 0
                end as growth,
                case when lag(rows.follower_count) over before > 0
                    then round(
                        (rows.follower_count - lag(rows.follower_count) over before) * 100.000000000000000000000000
                        / lag(rows.follower_count) over before,
                        2
                    )
                    else 0.00
                end as percent
            from creator_stats as rows
            where rows.user_id = suspect.user_id and rows.recorded_date between begin_on and end_on
            window before as (order by rows.recorded_date)
        ) as grown
        where
            stats.user_id = suspect.user_id
            and stats.recorded_date = grown.recorded_date
            and grown.recorded_date > begin_on;

        -- A fall that was never believed was never learned from.
        select
            stats.recorded_date,
            stats.follower_count
        into last_row
        from creator_stats as stats
        where stats.user_id = suspect.user_id and not stats.is_estimated
        order by stats.recorded_date desc
        limit 1;
        update creators
        set
            last_measured_on = last_row.recorded_date,
            last_follower_count = last_row.follower_count,
            growth_rate = learned.growth_rate,
            growth_deviation = learned.growth_deviation
        from learn_growth(
            (select known.growth_rate from creators as known where known.user_id = suspect.user_id),
            (select known.growth_deviation from creators as known where known.user_id = suspect.user_id),
            (select known.last_follower_count from creators as known where known.user_id = suspect.user_id),
            last_row.follower_count,
            greatest(
                1,
                last_row.recorded_date
                - (select known.last_measured_on from creators as known where known.user_id = suspect.user_id)
            )
        ) as learned
        where creators.user_id = suspect.user_id and creators.last_measured_on < last_row.recorded_date;
    end loop;
end $$;
