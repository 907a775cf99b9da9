-- What the videos of a creator say together: one definition of each figure, each beside the number of videos it rests on.

-- Hashtags that are put under everything say nothing of what a video is about.
create function is_usual_hashtag(tag text) returns boolean
language sql immutable parallel safe
as $$
    select lower(tag collate ucs_basic) in (
        'capcut', 'duet', 'explore', 'explorepage', 'f', 'follow', 'followme', 'for', 'foru', 'foryou', 'foryoupage',
        'foryourpage', 'foryoupageofficiall', 'fy', 'fyp', 'fypage', 'fypp', 'fyppp', 'fypシ', 'fypシ゚', 'fypシ゚viral',
        'goviral', 'greenscreen', 'makemefamous', 'parati', 'pourtoi', 'stitch', 'tiktok', 'tiktoker', 'tiktokviral',
        'trend', 'trending', 'trendingvideo', 'video', 'viral', 'viraltiktok', 'viralvideo', 'viralvideos', 'virall',
        'xyz', 'xyzbca', 'xyzcba'
    )
$$;

create view creator_video_figures as
select
    videos.user_id,
    count(*) as videos,
    percentile_cont(0.5) within group (order by videos.plays) as median_plays,
    percentile_cont(0.25) within group (order by videos.plays) as lower_plays,
    percentile_cont(0.75) within group (order by videos.plays) as upper_plays,
    max(videos.plays) as best_plays,
    max(videos.plays) / nullif(percentile_cont(0.5) within group (order by videos.plays), 0) as best_to_median,
    count(*) filter (where videos.plays > 10000) as videos_above,
    count(*) filter (where videos.plays > 10000)::numeric / count(*) as share_above,
    count(*) filter (where reactions.given is not null and videos.plays > 0) as engagement_videos,
    sum(reactions.given) filter (where videos.plays > 0)
    / nullif(sum(videos.plays) filter (where reactions.given is not null), 0) as engagement,
    max(videos.posted_at) as last_posted_at,
    count(videos.posted_at) as dated_videos,
    max(videos.last_seen_on) as last_seen_on
from creator_videos as videos
cross join lateral (select videos.likes + videos.comments + videos.shares as given) as reactions
group by videos.user_id;
comment on view creator_video_figures is
'One row per creator with a video in creator_videos: what these say together. They are the videos that searches found, not all';
comment on column creator_video_figures.median_plays is 'Half of the videos have fewer plays, half have more';
comment on column creator_video_figures.lower_plays is 'A quarter has fewer plays; to upper_plays: the spread of the middle half';
comment on column creator_video_figures.share_above is 'Of all videos those with more than 10,000 plays, 0 to 1';
comment on column creator_video_figures.best_to_median is 'Plays of the best by the median; far above 1: a one-hit wonder';
comment on column creator_video_figures.engagement is
'Likes, comments and shares together by plays, of the engagement_videos of which all of these are given';

-- The last 28 days of somebody's count of videos: how many more there are a week, and the last day on which there were more. One
-- row; NULL where fewer than 7 days lie between the first and the last that were observed.
create function posting_of(person text)
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
            max(observed.recorded_date) filter (where observed.video_count > observed.video_count_before) as last_rise_on
        from observed
    )

    select
        ends.first_day,
        ends.last_day,
        counted.posts,
        counted.posts * 7.0 / (ends.last_day - ends.first_day),
        ends.last_rise_on
    from ends
    left join lateral (
        -- Videos taken down are no posts.
        select sum(greatest(observed.video_count - observed.video_count_before, 0))::bigint as posts
        from observed
        where ends.last_day - ends.first_day >= 7
        having ends.last_day - ends.first_day >= 7
    ) as counted on true
$$;

-- Creators of one size have followers between one power of two and the next.
create function size_of(followers bigint) returns integer
language sql immutable parallel safe
as $$
    select floor(log(2, nullif(followers, 0)::numeric))::integer
$$;

create table usual_plays (
    size integer primary key,
    creators bigint not null,
    plays_per_follower numeric not null
);
comment on table usual_plays is
'One row per size of creators: the median of what the median plays of each are by their followers; made anew every day';
comment on column usual_plays.size is 'As size_of() has it: 13 is 8,192 to 16,383 followers, 14 twice as many';
comment on column usual_plays.creators is 'How many it rests on: those of whom 5 videos or more are known';

do $$
declare
    role_name text;
begin
    revoke execute on function is_usual_hashtag(text), posting_of(text), size_of(bigint) from public;
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table creator_video_figures, usual_plays from %I', role_name);
        execute format('revoke execute on function is_usual_hashtag(text), posting_of(text), size_of(bigint) from %I', role_name);
    end loop;
end $$;
