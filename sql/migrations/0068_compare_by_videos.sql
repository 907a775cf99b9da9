-- The ranking can be narrowed and ordered by all that the videos say: how many are watched much, whether one stands out, plays
-- by followers, and how often somebody posts. The page of a creator and the ranking count each by the same rule.

alter table creator_video_facts
add column share_above numeric,
add column best_to_median numeric;
comment on column creator_video_facts.share_above is 'As creator_video_figures has it, to four places, like best_to_median';

create or replace function refresh_video_facts(people text []) returns void
language plpgsql
as $$
begin
    insert into creator_video_facts (user_id)
    select distinct given.user_id from unnest(people) as given (user_id)
    order by given.user_id
    on conflict (user_id) do nothing;
    perform kept.user_id from creator_video_facts as kept where kept.user_id = any(people) order by kept.user_id for update;

    with
    tagged as (
        select
            tags.user_id,
            array_agg(tags.tag order by tags.tag) as hashtags,
            array_agg(tags.tag order by tags.tag) filter (where tags.videos >= 2) as niches
        from (
            select
                videos.user_id,
                fold_case(given.tag) collate ucs_basic as tag,
                count(distinct videos.video_id) as videos
            from creator_videos as videos
            cross join lateral unnest(videos.hashtags) as given (tag)
            where videos.user_id = any(people) and given.tag <> '' and not is_usual_hashtag(given.tag)
            group by 1, 2
        ) as tags
        group by tags.user_id
    ),

    spoken as (
        select
            videos.user_id,
            mode() within group (order by lower(videos.language collate ucs_basic)) as language
        from creator_videos as videos
        where videos.user_id = any(people)
        group by videos.user_id
    )

    update creator_video_facts as kept
    set
        videos = figures.videos,
        median_plays = round(figures.median_plays::numeric),
        engagement = round(figures.engagement, 4),
        share_above = round(figures.share_above, 4),
        best_to_median = round(figures.best_to_median::numeric, 4),
        last_posted_on = (figures.last_posted_at at time zone 'utc')::date,
        language = spoken.language,
        hashtags = coalesce(tagged.hashtags, '{}'),
        niches = coalesce(tagged.niches, '{}')
    from creator_video_figures as figures
    left join tagged on figures.user_id = tagged.user_id
    left join spoken on figures.user_id = spoken.user_id
    where kept.user_id = any(people) and figures.user_id = any(people) and figures.user_id = kept.user_id;

    delete from creator_video_facts as kept
    where kept.user_id = any(people) and not exists (select from creator_videos as videos where videos.user_id = kept.user_id);
end $$;

update creator_video_facts as kept
set
    share_above = round(figures.share_above, 4),
    best_to_median = round(figures.best_to_median::numeric, 4)
from creator_video_figures as figures
where kept.user_id = figures.user_id;

-- Whole plays by followers; NULL without any followers.
create function plays_by_followers(median_plays double precision, followers bigint) returns numeric
language sql immutable parallel safe
as $$
    select round(median_plays::numeric) / nullif(followers, 0)
$$;

-- Posts from one look at somebody's count of videos to the next: videos taken down are none.
create function posts_between(videos_before bigint, videos bigint) returns bigint
language sql immutable parallel safe
as $$
    select greatest(videos - videos_before, 0)
$$;

-- Posts of the days from the first to the last, for each week of them; NULL of fewer than 7 days.
create function posts_a_week(first_day date, last_day date, posts bigint) returns numeric
language sql immutable parallel safe
as $$
    select case when last_day - first_day >= 7 then posts * 7.0 / (last_day - first_day) end
$$;

create or replace function posting_of(person text)
returns table (first_day date, last_day date, posts bigint, posts_per_week numeric, last_rise_on date)
language sql stable
as $$
    with
    observed as (
        select
            stats.recorded_date,
            stats.video_count,
            lag(stats.video_count) over (order by stats.recorded_date) as video_count_before
        from creator_stats as stats
        where
            stats.user_id = person
            and not stats.is_estimated
            and stats.recorded_date > (
                select max(known.recorded_date) from creator_stats as known
                where known.user_id = person and not known.is_estimated
            ) - 29
    ),

    ends as (
        select
            min(observed.recorded_date) as first_day,
            max(observed.recorded_date) as last_day,
            sum(posts_between(observed.video_count_before, observed.video_count))::bigint as posts,
            max(observed.recorded_date) filter (where observed.video_count > observed.video_count_before) as last_rise_on
        from observed
    )

    select
        ends.first_day,
        ends.last_day,
        case when ends.last_day - ends.first_day >= 7 then ends.posts end,
        posts_a_week(ends.first_day, ends.last_day, ends.posts),
        ends.last_rise_on
    from ends
$$;

alter table standings
add column share_above numeric,
add column best_to_median numeric,
add column plays_per_follower numeric,
add column posts_per_week numeric;
comment on column standings.share_above is
'Of the videos that are known those with more than 10,000 plays, 0 to 1; NULL where they are fewer than 5, like best_to_median '
'and plays_per_follower';
comment on column standings.best_to_median is 'Plays of the best video by the median; far above 1: a one-hit wonder';
comment on column standings.plays_per_follower is 'The median of plays by the followers of the last look';
comment on column standings.posts_per_week is
'By the counts of videos of the last 28 days that were observed; NULL where fewer than 7 days lie between them';

-- Made again below: so many rows are written faster without them.
drop index if exists
    standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7, standings_percent_30,
    standings_acceleration, standings_score, standings_followers, standings_plays, standings_engagement, standings_last_post,
    standings_first_seen, standings_by_handle, standings_day_growth_1, standings_day_percent_1, standings_trend,
    standings_language, standings_new, standings_fading, standings_bought, standings_outside;

update standings
set
    share_above = case when facts.videos >= 5 then facts.share_above end,
    best_to_median = case when facts.videos >= 5 then facts.best_to_median end,
    plays_per_follower = case
        when facts.videos >= 5 then round(plays_by_followers(facts.median_plays, creators.last_follower_count), 4)
    end,
    posts_per_week = round(posting.posts_per_week, 4)
from creators
left join creator_video_facts as facts on creators.user_id = facts.user_id
cross join lateral posting_of(creators.user_id) as posting
where standings.user_id = creators.user_id;

create or replace function make_standing_indexes() returns void
language plpgsql volatile
as $$
begin
    perform set_config('maintenance_work_mem', '256MB', true);
    perform set_config('client_min_messages', 'warning', true);
    -- The page sorts by any of these, from either end: those not known come last by a look of their own, and the id decides
    -- between equals. Filters are answered from the index alone, also where those who fit stand far down the order.
    create index if not exists standings_growth_1 on standings (growth_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_growth_7 on standings (growth_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_growth_30 on standings (growth_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_percent_1 on standings (percent_1 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_percent_7 on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_percent_30 on standings (percent_30 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_acceleration on standings (acceleration desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_score on standings (score desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    -- Less often asked for: with what the page always asks for.
    create index if not exists standings_followers on standings (follower_count desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_plays on standings (median_plays desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_engagement on standings (engagement desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_above on standings (share_above desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_best on standings (best_to_median desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_per_follower on standings (plays_per_follower desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_weekly on standings (posts_per_week desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_last_post on standings (last_post_on desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_first_seen on standings (first_seen_on desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_by_handle on standings (handle desc nulls last, user_id)
    include (day, status, band, looks_bought);
    -- Over one day only those of one day are ranked: where few were measured, most others would stand before them.
    create index if not exists standings_day_growth_1 on standings (day desc, growth_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    create index if not exists standings_day_percent_1 on standings (day desc, percent_1 desc nulls last, user_id)
    include (status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language);
    -- Filters that leave few: those rows are read and sorted.
    create index if not exists standings_trend on standings (source_trend desc nulls last, user_id)
    include (day, status, band, looks_bought);
    create index if not exists standings_language on standings (language);
    -- In the page's usual order: those who are new have grown over no week yet, and who fades stands at its far end.
    create index if not exists standings_new on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language)
    where is_new;
    create index if not exists standings_fading on standings (percent_7 desc nulls last, user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language)
    where is_fading;
    create index if not exists standings_bought on standings (user_id)
    include (day, status, band, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language)
    where looks_bought;
    -- Whom the page leaves out unless asked, but counts.
    create index if not exists standings_outside on standings (band)
    include (user_id, day, status, source_trend, is_new, is_fading, looks_bought, follower_count, median_plays, engagement,
        last_post_on, language)
    where band <> 'inside';
end $$;

create or replace function drop_standing_indexes() returns boolean
language plpgsql volatile
as $$
begin
    perform set_config('lock_timeout', '1s', true);
    drop index if exists
        standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7,
        standings_percent_30, standings_acceleration, standings_score, standings_followers, standings_plays,
        standings_engagement, standings_above, standings_best, standings_per_follower, standings_weekly,
        standings_last_post, standings_first_seen, standings_by_handle, standings_day_growth_1,
        standings_day_percent_1, standings_trend, standings_language, standings_new, standings_fading,
        standings_bought, standings_outside;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
    functions constant text := 'plays_by_followers(double precision, bigint), posts_between(bigint, bigint),'
    ' posts_a_week(date, date, bigint), posting_of(text), refresh_video_facts(text []), make_standing_indexes(),'
    ' drop_standing_indexes()';
    role_name text;
begin
    perform make_standing_indexes();
    -- Written anew, a function has lost what was said of it.
    execute format('alter function make_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('alter function drop_standing_indexes() security definer set search_path = %s, pg_temp', schema_name);
    execute format('revoke execute on function %s from public', functions);
    -- Supabase serves what these two roles may reach to anyone who holds the project's public key.
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke execute on function %s from %I', functions, role_name);
    end loop;
end $$;
