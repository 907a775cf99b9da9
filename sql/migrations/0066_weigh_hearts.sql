-- The breakout score asks two things alone: how much somebody grew on the last day, and whether hearts rose with it. Of all that
-- was tried, plays and posts among it, this foretold best, on other worlds than those that judge.

drop function score_creators(date, timestamptz, integer, integer);

-- The breakout score of all who were observed in the 10 days up to as_of, or of a part of them; key: user_id. Never looks ahead:
-- of days after as_of and of rows observed at known_by or later (NULL: any time) nothing is used, and estimated rows say nothing.
create function score_creators(
    as_of date, known_by timestamptz, part integer default 0, parts integer default 1
) returns table (
    user_id text,
    observed_days bigint,
    follower_count bigint,
    growth_1 bigint,
    score numeric,
    score_growth numeric,
    score_hearts numeric
)
language sql stable
as $$
    with
    -- What is usual, 50,000 creators or more tell well enough: one of so many is asked.
    asked as materialized (
        select greatest(1, count(*) / 50000) as one_of
        from creators
    ),

    observed as (
        select
            stats.user_id,
            stats.follower_count,
            stats.heart_count,
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
            min(observed.follower_count) as least_followers,
            regr_slope(observed.log, observed.age) as pace,
            max(observed.heart_count) filter (where observed.age = 0) as hearts,
            max(observed.heart_count) filter (where observed.age = -1) as hearts_before,
            -- The week before the last day, or what is known of it: four days at the least.
            min(observed.age) filter (where observed.age between -8 and -5) as week_age,
            min(observed.heart_count) filter (where observed.age between -8 and -5) as week_hearts
        from observed
        where observed.is_wanted or observed.is_asked
        group by observed.user_id, observed.is_wanted, observed.is_asked
        having count(*) >= 2
    ),

    measured as (
        select
            seen.*,
            -- Half a power of ten is a size; whoever is smaller than 1,000 or larger than a million is compared with the next.
            -- The least of the 10 days: whoever breaks out is compared with where they come from, not with those who arrived.
            floor(2 * log(greatest(1000, least(999999, seen.least_followers))::double precision)) as size,
            -- A share of the followers, alike for small and large. Breakouts are over within days: the last one alone foretells
            -- best; who was not seen on it and the day before is judged by the line through all 10.
            case
                when seen.follower_count is null or seen.followers_before is null then seen.pace
                else ln(greatest(seen.follower_count, 1)::double precision / greatest(seen.followers_before, 1))
            end as growth,
            -- Hearts of the last day by those of a day of the week before. Beyond three times, either way, more says no more.
            least(3, greatest(
                1 / 3::double precision,
                (seen.hearts - seen.hearts_before)
                / greatest(1, (seen.hearts_before - seen.week_hearts)::double precision / (-1 - seen.week_age))
            )) as heart_ratio,
            seen.hearts is not null and seen.hearts_before is not null and seen.week_age is not null as has_hearts
        from seen
    ),

    -- What is usual: the middle of a size, and a robust deviation of everybody (quartiles of a normal lie 1.349 deviations apart):
    -- in a size where much happens, its own would make little of it. A size of fewer than 30 creators has no usual of its own.
    usual as (
        select
            measured.size,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by measured.growth) as growth
        from measured
        where measured.is_asked
        group by grouping sets ((measured.size), ())
        having count(*) >= 30 or grouping(measured.size) = 1
    ),

    -- Deviations above the usual; nobody's usual is steadier than 0.02 % a day. Growth above the usual counts for more when the
    -- hearts rose with it, and for less when they did not: √3 times as much at most, a √3rd at least.
    compared as (
        select
            measured.*,
            apart.deviations,
            apart.deviations
            * case when measured.has_hearts and apart.deviations > 0 then sqrt(measured.heart_ratio) else 1 end as strength
        from measured
        left join usual as own on measured.size = own.size
        cross join (select usual.* from usual where usual.size is null) as everybody
        cross join lateral (
            select
                (measured.growth - coalesce(own.growth[2], everybody.growth[2]))
                / greatest((everybody.growth[3] - everybody.growth[1]) / 1.349, 0.0002) as deviations
        ) as apart
        where measured.is_wanted
    )

    -- The usual at the middle, 10 deviations at three quarters: it never quite levels off, so that the first differ from the
    -- second. Hearts: 1 is three times the usual day or more, 0 a third or less.
    select
        compared.user_id,
        compared.days,
        compared.follower_count,
        compared.follower_count - compared.followers_before,
        round((50 + 50 * compared.strength / (10 + abs(compared.strength)))::numeric, 4),
        round((0.5 + 0.5 * compared.deviations / (10 + abs(compared.deviations)))::numeric, 4),
        case when compared.has_hearts then round((0.5 + 0.5 * ln(compared.heart_ratio) / ln(3::double precision))::numeric, 4) end
    from compared
$$;
comment on function score_creators(date, timestamptz, integer, integer) is
'The breakout score with its two parts, from what was observed up to as_of and, unless NULL, before known_by; makes standings, '
'frozen rankings and backtests';

alter table standings
add column score_hearts numeric check (score_hearts between 0 and 1),
drop column score_acceleration,
drop column score_consistency,
drop column score_engagement;
comment on column standings.score is
'Breakout score, 0 to 100 with the usual at 50: growth of the last day, weighed by score_hearts; NULL before two observed days';
comment on column standings.score_growth is
'Part of the score, 0 to 1 with the usual at 0.5: growth of the last day against creators of similar size';
comment on column standings.score_hearts is
'Part of the score, 0 to 1: hearts of the last day by those of a day of the week before: 0 a third or less, 0.5 as many, 1 three '
'times as many or more; NULL where these days were not observed';

-- Rows that are there follow the new rule at once. Everybody is joined with everybody: loops would never end.
select set_config('enable_nestloop', 'off', true);
update standings
set score = scored.score, score_growth = scored.score_growth, score_hearts = scored.score_hearts
from standings as kept
left join score_creators((select max(day) from standings), null) as scored on kept.user_id = scored.user_id
where standings.user_id = kept.user_id;

do $$
declare
    role_name text;
begin
    revoke execute on function score_creators(date, timestamptz, integer, integer) from public;
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function score_creators(date, timestamptz, integer, integer) from %I', role_name);
    end loop;
end $$;
