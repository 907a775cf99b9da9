-- What leaves few of many is found at once, also among a million: who is new, who fades, who looks bought, and under hashtags.

-- Whether anybody is known under a hashtag, or has it for a niche. By the index: of what is not there the planner expects some,
-- and would read everybody to find the first.
create function is_under(hashtag text, niche text) returns boolean
language sql stable parallel safe
set enable_seqscan = off
as $$
    select exists (
        select from creator_video_facts as facts
        where
            (is_under.hashtag is null or facts.hashtags @> array[fold_case(is_under.hashtag)])
            and (is_under.niche is null or facts.niches @> array[fold_case(is_under.niche)])
    )
$$;

drop index if exists standings_new, standings_bought;

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
        standings_engagement, standings_last_post, standings_first_seen, standings_by_handle, standings_day_growth_1,
        standings_day_percent_1, standings_trend, standings_language, standings_new, standings_fading,
        standings_bought, standings_outside;
    return true;
exception when lock_not_available then
    return false;
end $$;

do $$
declare
    schema_name text := (select relnamespace::regnamespace::text from pg_class where oid = 'standings'::regclass);
    functions constant text := 'is_under(text, text), make_standing_indexes(), drop_standing_indexes()';
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
