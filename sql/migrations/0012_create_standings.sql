-- Where every creator stands, which of them were ranked first on a day, and how well that foretold what came.

create table standings (
    user_id text primary key,
    day date not null,
    handle text,
    nickname text,
    status text not null,
    follower_count bigint not null,
    heart_count bigint not null,
    video_count bigint not null,
    is_estimated boolean not null,
    estimated_days integer not null,
    observed_at timestamptz,
    growth_1 bigint,
    growth_7 bigint,
    growth_30 bigint,
    percent_1 numeric,
    percent_7 numeric,
    percent_30 numeric,
    acceleration numeric,
    first_seen_on date,
    source_trend text,
    band text not null check (band in ('below', 'inside', 'above')),
    is_new boolean not null,
    is_fading boolean not null,
    score numeric check (score between 0 and 100),
    score_growth numeric check (score_growth between 0 and 1),
    score_acceleration numeric check (score_acceleration between 0 and 1),
    score_consistency numeric check (score_consistency between 0 and 1),
    score_engagement numeric check (score_engagement between 0 and 1),
    refreshed_at timestamptz not null default now()
);
comment on table standings is
'One row per creator who was ever measured: where they stand on the latest day they have a row in creator_stats';
comment on column standings.day is 'The latest day the creator has a row in creator_stats';
comment on column standings.is_estimated is 'Whether that row is estimated';
comment on column standings.estimated_days is 'How many of the last 30 days'' rows are estimated';
comment on column standings.observed_at is 'When the creator was last observed';
comment on column standings.growth_1 is 'Followers less those of the day before; NULL without a row of that day';
comment on column standings.growth_7 is 'Followers less those of 7 days before; NULL without a row of that day';
comment on column standings.growth_30 is 'Followers less those of 30 days before; NULL without a row of that day';
comment on column standings.percent_1 is 'growth_1 in percent of the earlier count; NULL also where that was 0';
comment on column standings.acceleration is 'Percent growth of the last 7 days less that of the 7 before; NULL with less history';
comment on column standings.source_trend is 'The keyword the creator was first found under';
comment on column standings.band is
'below 10,000 followers, inside the band of 10,000 to 100,000, or above it: graduated';
comment on column standings.is_new is 'First seen within the 7 days up to the latest day of all';
comment on column standings.is_fading is 'Has fewer followers than 7 days before';
comment on column standings.score is 'Breakout score, 0 to 100; NULL before two observed days out of 10';
comment on column standings.score_growth is
'Part of the score, 0 to 1 with the usual at 0.5: growth against creators of similar size';
comment on column standings.score_acceleration is 'Part of the score, likewise: growth now against the week before';
comment on column standings.score_consistency is 'Part of the score: growth over 10 days in one steady line is 1, no growth 0';
comment on column standings.score_engagement is 'Part of the score, likewise: hearts gained per follower and video';
comment on column standings.refreshed_at is 'When a refresh last found this row to differ, and wrote it';

-- The indexes of standings. A day changes every row, and a million rows are written three times as fast without them: the refresh
-- has them dropped before and made after it. Meanwhile whoever reads is answered without them: late, and right.
create function make_standing_indexes() returns void
language plpgsql volatile
as $$
begin
    perform set_config('maintenance_work_mem', '256MB', true);
    perform set_config('client_min_messages', 'warning', true);
    -- The page sorts by any of these: those not known come last, and the id decides between equals. Filters are answered from
    -- the index alone, also where those who fit stand far down the order.
    create index if not exists standings_growth_1 on standings (growth_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_growth_7 on standings (growth_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_growth_30 on standings (growth_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_1 on standings (percent_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_7 on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_percent_30 on standings (percent_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_acceleration on standings (acceleration desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    create index if not exists standings_score on standings (score desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading);
    -- Filters that leave few: those rows are read and sorted.
    create index if not exists standings_trend on standings (source_trend);
    create index if not exists standings_day on standings (day);
    create index if not exists standings_handle on standings (lower(handle) text_pattern_ops);
    create index if not exists standings_nickname on standings using gin (to_tsvector('simple', coalesce(nickname, '')));
end $$;

-- Drops them; false, and nothing done, when somebody who reads did not end within a second: nobody is kept waiting for longer.
create function drop_standing_indexes() returns boolean
language plpgsql volatile
as $$
begin
    perform set_config('lock_timeout', '1s', true);
    drop index if exists
        standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7,
        standings_percent_30, standings_acceleration, standings_score, standings_trend, standings_day,
        standings_handle, standings_nickname;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
begin
    perform make_standing_indexes();
    -- The pipeline's role may read and write rows alone: indexes are their owner's business, as these two functions, which
    -- therefore trust no search path of a caller.
    execute format('alter function make_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('alter function drop_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    revoke execute on function make_standing_indexes(), drop_standing_indexes() from public;
end $$;

create table breakout_rankings (
    day date not null,
    ranking text not null check (ranking in ('score', 'growth')),
    rank integer not null check (rank >= 1),
    user_id text not null,
    score numeric,
    follower_count bigint not null,
    primary key (day, ranking, rank)
);
comment on table breakout_rankings is
'The first 1,000 of each day by breakout score and by growth since the day before, as known then; no later day changes them';
create index breakout_rankings_creator on breakout_rankings (user_id, day);

create table backtests (
    backtest_id bigint generated always as identity primary key,
    made_at timestamptz not null default now(),
    days_ahead integer not null check (days_ahead >= 1),
    first_day date not null,
    last_day date not null,
    judged_days integer not null,
    frozen_days integer not null,
    results jsonb not null
);
comment on table backtests is
'One row per backtest: how many of those ranked first did grow most in the days_ahead days after. Names nobody';
comment on column backtests.frozen_days is 'Judged by the ranking frozen on the day; the others were ranked anew as of their day';

-- Estimated rows are few where everybody is measured every day: they are found without a look at all others.
create index creator_stats_estimated on creator_stats (recorded_date) where is_estimated;

-- One of `parts` parts of all creators, as even as can be; from 0.
create function part_of(user_id text, parts integer) returns integer
language sql immutable
as $$ select (hashtext(user_id) & 2147483647) % parts $$;

-- The breakout score of all who were observed in the 10 days up to as_of, or of a part of them; key: user_id. Never looks ahead:
-- of days after as_of and of rows observed at known_by or later (NULL: any time) nothing is used. An estimated row says nothing
-- itself: growth across a gap counts once, as what its two ends say.
create function score_creators(
    as_of date, known_by timestamptz, part integer default 0, parts integer default 1
) returns table (
    user_id text,
    observed_days bigint,
    follower_count bigint,
    growth_1 bigint,
    score numeric,
    score_growth numeric,
    score_acceleration numeric,
    score_consistency numeric,
    score_engagement numeric
)
language sql stable
as $$
    with
    -- What is usual, 50,000 creators or more tell well enough: one of so many is asked.
    asked as materialized (
        select greatest(1, count(*) / 50000) as one_of
        from creators
    ),

    -- Growth is the slope of the logarithm of the followers: a share per day, alike for small and large, and it needs no
    -- day in particular. Breakouts are over within days, so the last two count; who was not seen on them is judged by all 10.
    observed as (
        select
            stats.*,
            stats.recorded_date - as_of as age,
            ln(greatest(stats.follower_count, 1)::double precision) as log,
            part_of(stats.user_id, parts) = part as is_wanted,
            (hashtextextended(stats.user_id, 1) & 1048575) % asked.one_of = 0 as is_asked
        from creator_stats as stats
        cross join asked
        where
            stats.recorded_date between as_of - 9 and as_of
            and not stats.is_estimated
            and (known_by is null or stats.observed_at is null or stats.observed_at < known_by)
    ),

    seen as (
        select
            observed.user_id,
            observed.is_wanted,
            observed.is_asked,
            count(*) as days,
            max(observed.follower_count) filter (where observed.age = 0) as follower_count,
            max(observed.follower_count) filter (where observed.age = -1) as followers_before,
            max(observed.follower_count) as most_followers,
            regr_slope(observed.log, observed.age) filter (where observed.age >= -2) as pace,
            regr_slope(observed.log, observed.age) filter (where observed.age <= -2) as pace_before,
            regr_slope(observed.log, observed.age) as pace_of_all,
            regr_r2(observed.log, observed.age) as steadiness,
            max(observed.heart_count) filter (where observed.age >= -2)
            - min(observed.heart_count) filter (where observed.age <= -7) as hearts,
            max(observed.video_count) - min(observed.video_count) as videos
        from observed
        where observed.is_wanted or observed.is_asked
        group by observed.user_id, observed.is_wanted, observed.is_asked
    ),

    measured as (
        select
            seen.*,
            -- Half a power of ten is a size; whoever is smaller than 1,000 or larger than a million is compared with the next.
            floor(2 * log(greatest(1000, least(999999, seen.most_followers))::double precision)) as size,
            coalesce(seen.pace, seen.pace_of_all) as growth,
            seen.pace - seen.pace_before as acceleration,
            -- Hearts gained in a week per follower and video; nothing gained is nothing known.
            case
                when seen.hearts > 0
                    then ln(seen.hearts::double precision / greatest(seen.most_followers, 1) / (1 + seen.videos))
            end as engagement
        from seen
        where seen.days >= 2
    ),

    -- What is usual for a size: the middle, and a robust deviation (quartiles of a normal lie 1.349 deviations apart). A size of
    -- fewer than 30 creators has no usual of its own.
    usual as (
        select
            measured.size,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.growth) as growth,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.acceleration) as acceleration,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.engagement) as engagement
        from measured
        where measured.is_asked
        group by grouping sets ((measured.size), ())
        having count(*) >= 30 or grouping(measured.size) = 1
    ),

    -- Deviations above the usual; nobody's usual is steadier than 0.02 % a day. 3 days without evidence are laid beside the
    -- observed ones: who was seen on few is drawn towards the middle.
    compared as (
        select
            measured.*,
            (measured.growth - middle.growth[2]) / greatest((middle.growth[3] - middle.growth[1]) / 1.349, 0.0002)
            * evidence.share as growth_deviations,
            (measured.acceleration - middle.acceleration[2])
            / greatest((middle.acceleration[3] - middle.acceleration[1]) / 1.349, 0.0002) * evidence.share
                as acceleration_deviations,
            (measured.engagement - middle.engagement[2])
            / greatest((middle.engagement[3] - middle.engagement[1]) / 1.349, 0.1) * evidence.share as engagement_deviations,
            case
                when measured.days >= 3
                    then 0.5 + (case when measured.pace_of_all > 0 then measured.steadiness else 0 end - 0.5) * evidence.share
            end as consistency
        from measured
        left join usual as own on measured.size = own.size
        cross join (select usual.* from usual where usual.size is null) as everybody
        cross join lateral (
            select
                coalesce(own.growth, everybody.growth) as growth,
                coalesce(own.acceleration, everybody.acceleration) as acceleration,
                coalesce(own.engagement, everybody.engagement) as engagement
        ) as middle
        cross join lateral (select (measured.days - 1) / (measured.days + 2)::double precision as share) as evidence
        where measured.is_wanted
    ),

    -- 0 to 1, the usual at 0.5, 10 deviations at 0.75: it never quite levels off, so that the first differ from the second.
    parts as (
        select
            compared.*,
            0.5 + 0.5 * compared.growth_deviations / (10 + abs(compared.growth_deviations)) as part_growth,
            0.5 + 0.5 * compared.acceleration_deviations / (10 + abs(compared.acceleration_deviations)) as part_acceleration,
            0.5 + 0.5 * compared.engagement_deviations / (10 + abs(compared.engagement_deviations)) as part_engagement
        from compared
    )

    -- The weights: growth is what the score is about; whether it speeds up and whether it is more than one lucky day tells if it
    -- will last; engagement is the weakest sign, and often not known. The weights of known parts are made to add up to 1.
    select
        parts.user_id,
        parts.days,
        parts.follower_count,
        parts.follower_count - parts.followers_before,
        round((100 * (
            0.60 * parts.part_growth
            + coalesce(0.15 * parts.part_acceleration, 0)
            + coalesce(0.15 * parts.consistency, 0)
            + coalesce(0.10 * parts.part_engagement, 0)
        ) / (
            0.60
            + case when parts.part_acceleration is null then 0 else 0.15 end
            + case when parts.consistency is null then 0 else 0.15 end
            + case when parts.part_engagement is null then 0 else 0.10 end
        ))::numeric, 2),
        round(parts.part_growth::numeric, 4),
        round(parts.part_acceleration::numeric, 4),
        round(parts.consistency::numeric, 4),
        round(parts.part_engagement::numeric, 4)
    from parts
$$;
comment on function score_creators(date, timestamptz, integer, integer) is
'Breakout scores as of a day, from what was observed by a moment; see the README for what the parts mean';

do $$
declare
    role_name text;
begin
    revoke execute on function score_creators(date, timestamptz, integer, integer), part_of(text, integer) from public;
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table standings, breakout_rankings, backtests from %I', role_name);
        execute format('revoke execute on function score_creators(date, timestamptz, integer, integer) from %I', role_name);
        execute format('revoke execute on function part_of(text, integer) from %I', role_name);
        execute format('revoke execute on function make_standing_indexes(), drop_standing_indexes() from %I', role_name);
    end loop;
end $$;
