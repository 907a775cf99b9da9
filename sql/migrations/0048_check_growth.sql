-- Is the growth real? What speaks for followers that were bought, sign by sign, beside the breakout score. It takes nobody out:
-- the ranking shows apart whom it marks.

create table usual_hearts (
    size integer primary key,
    creators bigint not null,
    hearts_per_follower numeric not null
);
comment on table usual_hearts is
'One row per size of creators: the median of the hearts that came with each follower gained within 28 days; made anew every day';
comment on column usual_hearts.size is 'As size_of() has it; -1: creators of all sizes';
comment on column usual_hearts.creators is 'How many it rests on: those who gained 3 % and 100 followers or more';

-- Whether so many followers are what is sold in one piece (1, 2, 2.5 or 5 with noughts), give or take 1.5 %. By chance one number
-- in twenty is.
create function is_round(followers bigint) returns boolean
language sql immutable parallel safe
as $$
    select coalesce(bool_or(abs(followers / (sold.size * 10 ^ decade.power) - 1) <= 0.015), false)
    from (values (1.0), (2.0), (2.5), (5.0), (10.0)) as sold (size)
    cross join (select floor(log(nullif(greatest(followers, 0), 0)::numeric)) as power) as decade
$$;

-- How everybody observed in the 28 days up to as_of went through them, or a part of all, or one person; key: user_id. From
-- observed rows alone: a step is between two days that follow each other, both observed. After `days` all is NULL for who was
-- observed on fewer than 10 days or never moved by 3 % and 100 followers: there is nothing to ask about.
create function growth_stretches(as_of date, part integer, parts integer, person text) returns table (
    user_id text,
    days bigint,
    first_day date,
    last_day date,
    followers bigint,
    gained bigint,
    hearts bigint,
    burst_days bigint,
    burst_gained bigint,
    burst_hearts bigint,
    other_days bigint,
    other_hearts bigint,
    posts bigint,
    steps bigint,
    even_steps bigint,
    even_step bigint,
    jumps bigint,
    round_jumps bigint,
    round_jump bigint,
    fall bigint,
    fell_on date,
    regained bigint
)
language sql stable
as $$
    with
    observed as not materialized (
        select stats.*
        from creator_stats as stats
        where
            stats.recorded_date between as_of - 28 and as_of
            and not stats.is_estimated
            and (person is null or stats.user_id = person)
            and part_of(stats.user_id, parts) = part
    ),

    seen as (
        select
            observed.user_id,
            count(*) as days,
            max(observed.follower_count) - min(observed.follower_count) as way,
            min(observed.follower_count) as least
        from observed
        group by observed.user_id
    ),

    -- With the two days before and the one after. All in whole numbers: these are many rows.
    walked as (
        select
            observed.user_id,
            observed.recorded_date,
            observed.follower_count,
            observed.heart_count,
            observed.video_count,
            seen.days,
            seen.way,
            observed.recorded_date - lag(observed.recorded_date) over days as gap,
            lag(observed.recorded_date) over days - lag(observed.recorded_date, 2) over days as gap_before,
            lead(observed.recorded_date) over days - observed.recorded_date as gap_after,
            lag(observed.follower_count) over days as before,
            lag(observed.follower_count) over days - lag(observed.follower_count, 2) over days as way_before,
            lead(observed.follower_count) over days - observed.follower_count as way_after,
            observed.heart_count - lag(observed.heart_count) over days as heart_way,
            observed.follower_count - min(observed.follower_count) over days as above_lowest
        from observed
        inner join seen on observed.user_id = seen.user_id
        where seen.days >= 10 and 100 * seen.way >= 3 * seen.least + 10000
        window days as (partition by observed.user_id order by observed.recorded_date rows unbounded preceding)
    ),

    stepped as (
        select
            walked.*,
            case when walked.gap = 1 then walked.follower_count - walked.before end as step,
            case when walked.gap = 1 then walked.heart_way end as heart_step,
            case when walked.gap_before = 1 then walked.way_before end as step_before,
            case when walked.gap_after = 1 then walked.way_after end as step_after
        from walked
    ),

    judged as (
        select
            stepped.*,
            -- Twice an even share of the way from the least to the most.
            stepped.step > 0 and stepped.step * stepped.days >= 2 * stepped.way as is_burst,
            -- A crowd does not come in equal numbers on two days: within half a percent is the same.
            stepped.step >= 20 and 200 * abs(stepped.step - stepped.step_before) <= stepped.step as is_even,
            -- A package comes at once: four times what came the day before, and the day after where that is known.
            stepped.step >= 250
            and 1000 * stepped.step >= 15 * stepped.before
            and stepped.step >= 4 * greatest(abs(stepped.step_before), abs(stepped.step_after)) as is_jump,
            stepped.step - (stepped.step_before + coalesce(stepped.step_after, stepped.step_before)) / 2 as above_usual,
            -- 8 % of all in one look, and four times what came or went in the one before.
            stepped.gap <= 3
            and 100 * stepped.follower_count < 92 * stepped.before
            and stepped.before - stepped.follower_count >= 4 * abs(stepped.way_before) as has_fallen
        from stepped
    ),

    summed as (
        select
            judged.user_id,
            min(judged.recorded_date) as first_day,
            max(judged.recorded_date) as last_day,
            max(judged.follower_count) filter (where judged.gap_after is null) as followers,
            -- The highest climb, from whichever day on; hearts and videos are those of all the days.
            max(judged.above_lowest) as gained,
            max(judged.heart_count) - min(judged.heart_count) as hearts,
            count(*) filter (where judged.is_burst) as burst_days,
            sum(judged.step) filter (where judged.is_burst)::bigint as burst_gained,
            sum(judged.heart_step) filter (where judged.is_burst)::bigint as burst_hearts,
            count(*) filter (where not judged.is_burst) as other_days,
            sum(judged.heart_step) filter (where not judged.is_burst)::bigint as other_hearts,
            max(judged.video_count) - min(judged.video_count) as posts,
            count(*) filter (where judged.step >= 20 and judged.step_before is not null) as steps,
            count(*) filter (where judged.is_even) as even_steps,
            max(judged.step) filter (where judged.is_even) as even_step,
            count(*) filter (where judged.is_jump) as jumps,
            count(*) filter (where case when judged.is_jump then is_round(judged.above_usual) end) as round_jumps,
            max(judged.above_usual) filter (where case when judged.is_jump then is_round(judged.above_usual) end) as round_jump,
            -- The deepest: by how much, when (in days before as_of), and what was left.
            max(
                case
                    when judged.has_fallen
                        then array[judged.before - judged.follower_count, as_of - judged.recorded_date, judged.follower_count]
                end
            ) as deepest
        from judged
        group by judged.user_id
    ),

    facts as (
        select
            summed.*,
            summed.deepest[1] as fall,
            as_of - summed.deepest[2]::integer as fell_on,
            case
                when summed.deepest is not null
                    then (
                        select max(later.follower_count) - summed.deepest[3]
                        from creator_stats as later
                        where
                            later.user_id = summed.user_id
                            and later.recorded_date between as_of - summed.deepest[2]::integer
                            and least(as_of, as_of - summed.deepest[2]::integer + 10)
                            and not later.is_estimated
                    )
            end as regained
        from summed
    )

    select
        seen.user_id,
        seen.days,
        facts.first_day,
        facts.last_day,
        facts.followers,
        facts.gained,
        facts.hearts,
        facts.burst_days,
        facts.burst_gained,
        facts.burst_hearts,
        facts.other_days,
        facts.other_hearts,
        facts.posts,
        facts.steps,
        facts.even_steps,
        facts.even_step,
        facts.jumps,
        facts.round_jumps,
        facts.round_jump,
        facts.fall,
        facts.fell_on,
        facts.regained
    from seen
    left join facts on seen.user_id = facts.user_id
$$;

-- Is the growth real? Each sign is 0: asked, and nothing speaks for bought followers; 1: something does; 2: much does; NULL: that
-- cannot be told. 2 together make the mark. Key: user_id; who was not observed has no row.
create function check_growth(
    as_of date, part integer default 0, parts integer default 1, person text default null
) returns table (
    user_id text,
    days bigint,
    first_day date,
    last_day date,
    followers bigint,
    gained bigint,
    hearts bigint,
    usual_hearts bigint,
    usual_creators bigint,
    burst_days bigint,
    burst_gained bigint,
    burst_hearts bigint,
    other_days bigint,
    other_hearts bigint,
    posts bigint,
    known_videos bigint,
    plays bigint,
    steps bigint,
    even_steps bigint,
    even_step bigint,
    jumps bigint,
    round_jumps bigint,
    round_jump bigint,
    fall bigint,
    fell_on date,
    regained bigint,
    sign_hearts integer,
    sign_videos integer,
    sign_purge integer,
    sign_steps integer,
    sign_jumps integer,
    verdict text
)
language sql stable
as $$
    with
    -- What the known videos brought: all plays of those posted not long before, the plays added since of older ones.
    videos as (
        select
            seen.user_id,
            count(*) filter (where seen.posted_at >= as_of - 28) as known,
            sum(case when seen.posted_at >= as_of - 35 then seen.most else seen.most - seen.least end)::bigint as plays
        from (
            select
                sightings.user_id,
                min(creator_videos.posted_at) as posted_at,
                min(sightings.plays) as least,
                max(sightings.plays) as most
            from creator_video_sightings as sightings
            inner join creator_videos
                on sightings.user_id = creator_videos.user_id and sightings.video_id = creator_videos.video_id
            where sightings.day between as_of - 28 and as_of and (person is null or sightings.user_id = person)
            group by sightings.user_id, sightings.video_id
        ) as seen
        group by seen.user_id
    ),

    facts as (
        select
            stretches.*,
            coalesce(videos.known, 0) as known_videos,
            coalesce(videos.plays, 0) as plays,
            coalesce(own.hearts_per_follower, everybody.hearts_per_follower) * stretches.gained as usual_hearts,
            coalesce(own.hearts_per_follower, everybody.hearts_per_follower) * stretches.burst_gained as usual_burst_hearts,
            stretches.other_hearts * stretches.burst_days / nullif(stretches.other_days, 0)::numeric as even_hearts,
            coalesce(own.creators, everybody.creators) as usual_creators,
            stretches.gained >= 0.03 * stretches.followers and stretches.gained >= 100 as has_grown
        from growth_stretches(as_of, part, parts, person) as stretches
        left join videos on stretches.user_id = videos.user_id
        -- Of fewer than 30 creators of a size it cannot be told what is usual: then that of all is.
        left join usual_hearts as own on size_of(stretches.followers) = own.size and own.creators >= 30
        left join usual_hearts as everybody on everybody.size = -1 and everybody.creators >= 30
    ),

    signs as (
        select
            facts.*,
            -- Whoever follows has mostly hearted first: a fifth of the usual is little, a fifteenth next to nothing. Nor do hearts
            -- stay as they were on the days of the gain, where those that are usual for it would have been seen.
            case
                when not facts.has_grown or facts.usual_hearts is null then null
                when facts.hearts < facts.usual_hearts / 15 then 2
                when
                    facts.burst_gained >= 0.03 * facts.followers
                    and facts.usual_burst_hearts >= 0.5 * facts.even_hearts
                    and facts.burst_hearts < 1.25 * facts.even_hearts
                    then 2
                when facts.hearts < facts.usual_hearts / 5 then 1
                else 0
            end as sign_hearts,
            -- Of ten who play a video at most one follows. Without any post nothing is there to follow for; with posts, those
            -- known must be 3 and half of all before they stand for the others.
            case
                when not facts.has_grown then null
                when facts.plays >= 10 * facts.gained then 0
                when facts.posts = 0 then case when facts.gained >= 0.1 * facts.followers then 2 else 1 end
                when facts.known_videos < 3 or 2 * facts.known_videos < facts.posts then null
                when facts.plays * facts.posts >= 10 * facts.gained * facts.known_videos then 0
                else 1
            end as sign_videos,
            -- The platform takes what was bought in one night; half of it back within ten days was bought again.
            case
                when facts.gained is null then null
                when facts.fall is null then 0
                when facts.regained >= 0.5 * facts.fall then 2
                else 1
            end as sign_purge,
            case
                when facts.steps < 6 then null
                when facts.even_steps >= 7 and 2 * facts.even_steps >= facts.steps then 2
                when facts.even_steps >= 5 then 1
                else 0
            end as sign_steps,
            case when facts.gained is not null then least(facts.round_jumps, 2) end as sign_jumps
        from facts
    )

    select
        signs.user_id,
        signs.days,
        signs.first_day,
        signs.last_day,
        signs.followers,
        signs.gained,
        signs.hearts,
        round(signs.usual_hearts)::bigint,
        signs.usual_creators,
        signs.burst_days,
        signs.burst_gained,
        signs.burst_hearts,
        signs.other_days,
        signs.other_hearts,
        signs.posts,
        signs.known_videos,
        signs.plays,
        signs.steps,
        signs.even_steps,
        signs.even_step,
        signs.jumps,
        signs.round_jumps,
        signs.round_jump,
        signs.fall,
        signs.fell_on,
        signs.regained,
        signs.sign_hearts,
        signs.sign_videos,
        signs.sign_purge,
        signs.sign_steps,
        signs.sign_jumps::integer,
        case
            when signs.days < 10 then 'cannot be told'
            when signs.gained is null then 'no growth'
            when total.points >= 2 then 'looks bought'
            when total.points = 1 then 'one sign'
            when signs.has_grown and signs.sign_hearts is null then 'cannot be told'
            when signs.has_grown then 'no sign'
            else 'no growth'
        end
    from signs
    cross join lateral (
        select
            coalesce(signs.sign_hearts, 0) + coalesce(signs.sign_videos, 0) + coalesce(signs.sign_purge, 0)
            + coalesce(signs.sign_steps, 0) + coalesce(signs.sign_jumps, 0) as points
    ) as total
$$;

alter table standings
add column growth_check text not null default 'cannot be told'
check (growth_check in ('looks bought', 'one sign', 'no sign', 'no growth', 'cannot be told')),
add column growth_signs text [] not null default '{}',
add column looks_bought boolean not null generated always as (growth_check = 'looks bought') stored;
comment on column standings.growth_check is
'What check_growth() says of the 28 days up to the latest day of all; cannot be told: fewer than 10 of them were observed';
comment on column standings.growth_signs is 'Which signs speak for bought followers: hearts, videos, purge, steps, jumps';

create or replace function make_standing_indexes() returns void
language plpgsql volatile
as $$
begin
    perform set_config('maintenance_work_mem', '256MB', true);
    perform set_config('client_min_messages', 'warning', true);
    -- The page sorts by any of these: those not known come last, and the id decides between equals. Filters are answered from
    -- the index alone, also where those who fit stand far down the order.
    create index if not exists standings_growth_1 on standings (growth_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_growth_7 on standings (growth_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_growth_30 on standings (growth_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_percent_1 on standings (percent_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_percent_7 on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_percent_30 on standings (percent_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_acceleration on standings (acceleration desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_score on standings (score desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought);
    -- Over one day only those of one day are ranked: where few were measured, most others would stand before them.
    create index if not exists standings_day_growth_1 on standings (day desc, growth_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading, looks_bought);
    create index if not exists standings_day_percent_1 on standings (day desc, percent_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading, looks_bought);
    -- Filters that leave few: those rows are read and sorted.
    create index if not exists standings_trend on standings (source_trend);
    create index if not exists standings_bought on standings (user_id) where looks_bought;
end $$;

create or replace function drop_standing_indexes() returns boolean
language plpgsql volatile
as $$
begin
    perform set_config('lock_timeout', '1s', true);
    drop index if exists
        standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7,
        standings_percent_30, standings_acceleration, standings_score, standings_trend, standings_day,
        standings_handle, standings_nickname, standings_day_growth_1, standings_day_percent_1, standings_bought;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
    functions constant text := 'growth_stretches(date, integer, integer, text), is_round(bigint),'
    ' check_growth(date, integer, integer, text), make_standing_indexes(), drop_standing_indexes()';
    role_name text;
begin
    drop index if exists
        standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7,
        standings_percent_30, standings_acceleration, standings_score, standings_day_growth_1, standings_day_percent_1;
    perform make_standing_indexes();
    -- Written anew, a function has lost what was said of it.
    execute format('alter function make_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('alter function drop_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('revoke execute on function %s from public', functions);
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table usual_hearts from %I', role_name);
        execute format('revoke execute on function %s from %I', functions, role_name);
    end loop;
end $$;
