-- What the ranking is narrowed and ordered by beside growth: plays, engagement, language and hashtags of the videos that are
-- known, and the last post. Every column of the page is an order, from either end.

create table creator_video_facts (
    user_id text primary key,
    videos integer not null default 0,
    median_plays bigint,
    engagement numeric,
    last_posted_on date,
    language text,
    hashtags text [] not null default '{}',
    niches text [] not null default '{}'
);
comment on table creator_video_facts is
'One row per creator with a video in creator_videos: what the ranking is narrowed and ordered by of them; kept by triggers of '
'creator_videos';
comment on column creator_video_facts.median_plays is 'Rounded, like engagement: creator_video_figures has both in full';
comment on column creator_video_facts.last_posted_on is 'The day, in UTC, of the latest post that is known by its date';
comment on column creator_video_facts.language is 'Of most videos; of equals the first by its letters';
comment on column creator_video_facts.hashtags is
'Folded, under any of the videos, less those that everybody uses; in the order of the letters';
comment on column creator_video_facts.niches is 'Those of hashtags that are under two videos or more';
create index creator_video_facts_hashtags on creator_video_facts using gin (hashtags);
create index creator_video_facts_niches on creator_video_facts using gin (niches);

-- Makes the rows of some creators what their videos say. Locked first: what another transaction has just committed is then seen.
create function refresh_video_facts(people text []) returns void
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

create function keep_video_facts() returns trigger
language plpgsql
as $$
begin
    perform refresh_video_facts(array(select distinct changed.user_id from changed));
    return null;
end $$;

lock table creator_videos in share row exclusive mode; -- none is missed
create trigger keep_facts_of_new after insert on creator_videos
referencing new table as changed for each statement execute function keep_video_facts();
create trigger keep_facts_of_changed after update on creator_videos
referencing new table as changed for each statement execute function keep_video_facts();
create trigger keep_facts_of_gone after delete on creator_videos
referencing old table as changed for each statement execute function keep_video_facts();
select refresh_video_facts(array(select distinct videos.user_id from creator_videos as videos));

-- Whether a value is within bounds, of which either may be missing; what is not known is within none.
create function is_within(given anyelement, least_wanted anyelement, most_wanted anyelement) returns boolean
language sql immutable parallel safe
as $$
    select (least_wanted is null or given >= least_wanted) and (most_wanted is null or given <= most_wanted)
$$;

drop index if exists
    standings_growth_1, standings_growth_7, standings_growth_30, standings_percent_1, standings_percent_7, standings_percent_30,
    standings_acceleration, standings_score, standings_day_growth_1, standings_day_percent_1, standings_trend, standings_bought;

-- In the order of code points, as everywhere, and not in the server's.
alter table standings
alter column handle type text collate ucs_basic,
alter column source_trend type text collate ucs_basic,
add column median_plays bigint,
add column engagement numeric,
add column last_post_on date,
add column language text;
comment on column standings.median_plays is
'Of the videos that are known; NULL where they are fewer than 5, too few to tell, like engagement';
comment on column standings.engagement is 'Likes, comments and shares by plays of those videos, 0 to 1 and seldom above';
comment on column standings.last_post_on is
'The latest post known by its date, or the last of the 28 days up to the latest day of all on which the count of videos '
'had risen';
comment on column standings.language is 'Of most videos that are known, as the API names it, in small letters';

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
    create index if not exists standings_new on standings (user_id) where is_new;
    create index if not exists standings_bought on standings (user_id) where looks_bought;
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
        standings_engagement, standings_last_post, standings_first_seen, standings_by_handle, standings_day_growth_1,
        standings_day_percent_1, standings_trend, standings_language, standings_new, standings_bought, standings_outside;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
    functions constant text := 'refresh_video_facts(text []), keep_video_facts(),'
    ' is_within(anyelement, anyelement, anyelement), make_standing_indexes(), drop_standing_indexes()';
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
        execute format('revoke all on table creator_video_facts from %I', role_name);
        execute format('revoke execute on function %s from %I', functions, role_name);
    end loop;
end $$;
