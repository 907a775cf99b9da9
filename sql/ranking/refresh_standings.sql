-- Brings standings to what creators and creator_stats say, for a part of all creators; writes only rows that differ, and removes
-- who is not on the roster. One row out: written, removed. Parameters: latest_day date (nobody has a row after it), part int,
-- parts int.
with
-- Rows on the days that growth is counted from, and estimated ones; age is days before the creator's latest row. Nearly everybody
-- has one of the latest day: those are read day by day, all others one by one.
aged as (
    select
        stats.user_id,
        %(latest_day)s::date as day,
        %(latest_day)s::date - stats.recorded_date as age,
        stats.follower_count,
        stats.heart_count,
        stats.video_count,
        stats.is_estimated,
        stats.observed_at
    from creator_stats as stats
    where
        stats.recorded_date in (
            %(latest_day)s::date, %(latest_day)s::date - 1, %(latest_day)s::date - 7, %(latest_day)s::date - 14,
            %(latest_day)s::date - 30
        )
        and part_of(stats.user_id, %(parts)s::integer) = %(part)s::integer
    union all
    select
        stats.user_id,
        %(latest_day)s::date,
        %(latest_day)s::date - stats.recorded_date,
        stats.follower_count,
        stats.heart_count,
        stats.video_count,
        stats.is_estimated,
        stats.observed_at
    from creator_stats as stats
    where
        stats.is_estimated
        and stats.recorded_date between %(latest_day)s::date - 29 and %(latest_day)s::date
        and stats.recorded_date not in (
            %(latest_day)s::date, %(latest_day)s::date - 1, %(latest_day)s::date - 7, %(latest_day)s::date - 14
        )
        and part_of(stats.user_id, %(parts)s::integer) = %(part)s::integer
    union all
    select
        creators.user_id,
        latest.recorded_date,
        latest.recorded_date - stats.recorded_date,
        stats.follower_count,
        stats.heart_count,
        stats.video_count,
        stats.is_estimated,
        stats.observed_at
    from creators
    cross join lateral (
        select known.recorded_date
        from creator_stats as known
        where
            known.user_id = creators.user_id
            and known.recorded_date >= coalesce(creators.last_measured_on, '-infinity')
            and known.recorded_date < %(latest_day)s::date
        order by known.recorded_date desc
        limit 1
    ) as latest
    cross join lateral (
        -- By key, one at a time, which the limit makes sure of: they are 31 at most.
        select known.*
        from creator_stats as known
        where
            known.user_id = creators.user_id
            and known.recorded_date between latest.recorded_date - 30 and latest.recorded_date
        limit 31
    ) as stats
    where
        part_of(creators.user_id, %(parts)s::integer) = %(part)s::integer
        and creators.user_id not in (
            select today.user_id
            from creator_stats as today
            where
                today.recorded_date = %(latest_day)s::date
                and part_of(today.user_id, %(parts)s::integer) = %(part)s::integer
        )
),

counted as (
    select
        aged.user_id,
        aged.day,
        max(aged.follower_count) filter (where aged.age = 0) as follower_count,
        max(aged.heart_count) filter (where aged.age = 0) as heart_count,
        max(aged.video_count) filter (where aged.age = 0) as video_count,
        bool_or(aged.is_estimated) filter (where aged.age = 0) as is_estimated,
        count(*) filter (where aged.is_estimated and aged.age < 30) as estimated_days,
        max(aged.observed_at) as observed_at,
        max(aged.follower_count) filter (where aged.age = 1) as followers_1,
        max(aged.follower_count) filter (where aged.age = 7) as followers_7,
        max(aged.follower_count) filter (where aged.age = 14) as followers_14,
        max(aged.follower_count) filter (where aged.age = 30) as followers_30
    from aged
    group by aged.user_id, aged.day
    having bool_or(aged.age = 0)
),

-- The last day on which somebody's count of videos had risen since the look before, and the posts between the looks.
risen as (
    select
        walked.user_id,
        min(walked.recorded_date) as first_day,
        max(walked.recorded_date) as last_day,
        sum(posts_between(walked.video_count_before, walked.video_count))::bigint as posts,
        max(walked.recorded_date) filter (where walked.video_count > walked.video_count_before) as last_rise_on
    from (
        select
            stats.user_id,
            stats.recorded_date,
            stats.video_count,
            lag(stats.video_count) over (partition by stats.user_id order by stats.recorded_date) as video_count_before
        from creator_stats as stats
        where
            stats.recorded_date between %(latest_day)s::date - 28 and %(latest_day)s::date
            and not stats.is_estimated
            and part_of(stats.user_id, %(parts)s::integer) = %(part)s::integer
    ) as walked
    group by walked.user_id
),

-- In which ways people can be reached; what their business is, is none.
stated as (
    select
        contacts.user_id,
        array_agg(distinct contacts.kind order by contacts.kind) as contacts
    from creator_contacts as contacts
    where contacts.kind <> 'category' and part_of(contacts.user_id, %(parts)s::integer) = %(part)s::integer
    group by contacts.user_id
),

fresh as materialized (
    select
        counted.user_id,
        counted.day,
        creators.handle,
        creators.nickname,
        creators.status,
        counted.follower_count,
        counted.heart_count,
        counted.video_count,
        counted.is_estimated,
        counted.estimated_days::integer as estimated_days,
        counted.observed_at,
        counted.follower_count - counted.followers_1 as growth_1,
        counted.follower_count - counted.followers_7 as growth_7,
        counted.follower_count - counted.followers_30 as growth_30,
        percents.percent_1,
        percents.percent_7,
        percents.percent_30,
        percents.percent_7 - percents.percent_7_before as acceleration,
        creators.first_seen_on,
        creators.first_seen_keyword as source_trend,
        case
            when counted.follower_count < 10000 then 'below'
            when counted.follower_count <= 100000 then 'inside'
            else 'above'
        end as band,
        coalesce(creators.first_seen_on > %(latest_day)s::date - 7, false) as is_new,
        -- A few followers come and go every week: that alone is no fall.
        coalesce(percents.percent_7 < -0.5, false) as is_fading,
        scored.score,
        scored.score_growth,
        scored.score_hearts,
        coalesce(checked.verdict, 'cannot be told') as growth_check,
        array_remove(array[
            case when checked.sign_hearts > 0 then 'hearts' end,
            case when checked.sign_videos > 0 then 'videos' end,
            case when checked.sign_purge > 0 then 'purge' end,
            case when checked.sign_steps > 0 then 'steps' end,
            case when checked.sign_jumps > 0 then 'jumps' end
        ], null) as growth_signs,
        -- Of fewer videos a median says nothing.
        case when facts.videos >= 5 then facts.median_plays end as median_plays,
        case when facts.videos >= 5 then facts.engagement end as engagement,
        greatest(facts.last_posted_on, risen.last_rise_on) as last_post_on,
        facts.language,
        coalesce(stated.contacts, '{}') as contacts,
        case when facts.videos >= 5 then facts.share_above end as share_above,
        case when facts.videos >= 5 then facts.best_to_median end as best_to_median,
        case
            when facts.videos >= 5 then round(plays_by_followers(facts.median_plays, creators.last_follower_count), 4)
        end as plays_per_follower,
        -- Of whoever was not looked at on the latest day, the 28 days end at their own last look.
        round(
            case
                when risen.last_day = %(latest_day)s::date then posts_a_week(risen.first_day, risen.last_day, risen.posts)
                else (select posting.posts_per_week from posting_of(counted.user_id) as posting)
            end,
            4
        ) as posts_per_week
    from counted
    inner join creators on counted.user_id = creators.user_id
    cross join lateral (
        select
            growth_percent(counted.followers_1, counted.follower_count) as percent_1,
            growth_percent(counted.followers_7, counted.follower_count) as percent_7,
            growth_percent(counted.followers_14, counted.followers_7) as percent_7_before,
            growth_percent(counted.followers_30, counted.follower_count) as percent_30
    ) as percents
    left join score_creators(%(latest_day)s::date, null, %(part)s::integer, %(parts)s::integer) as scored
        on counted.user_id = scored.user_id
    left join check_growth(%(latest_day)s::date, %(part)s::integer, %(parts)s::integer) as checked
        on counted.user_id = checked.user_id
    left join creator_video_facts as facts on counted.user_id = facts.user_id
    left join risen on counted.user_id = risen.user_id
    left join stated on counted.user_id = stated.user_id
),

changed as (
    update standings
    set
        day = fresh.day,
        handle = fresh.handle,
        nickname = fresh.nickname,
        status = fresh.status,
        follower_count = fresh.follower_count,
        heart_count = fresh.heart_count,
        video_count = fresh.video_count,
        is_estimated = fresh.is_estimated,
        estimated_days = fresh.estimated_days,
        observed_at = fresh.observed_at,
        growth_1 = fresh.growth_1,
        growth_7 = fresh.growth_7,
        growth_30 = fresh.growth_30,
        percent_1 = fresh.percent_1,
        percent_7 = fresh.percent_7,
        percent_30 = fresh.percent_30,
        acceleration = fresh.acceleration,
        first_seen_on = fresh.first_seen_on,
        source_trend = fresh.source_trend,
        band = fresh.band,
        is_new = fresh.is_new,
        is_fading = fresh.is_fading,
        score = fresh.score,
        score_growth = fresh.score_growth,
        score_hearts = fresh.score_hearts,
        growth_check = fresh.growth_check,
        growth_signs = fresh.growth_signs,
        median_plays = fresh.median_plays,
        engagement = fresh.engagement,
        last_post_on = fresh.last_post_on,
        language = fresh.language,
        contacts = fresh.contacts,
        share_above = fresh.share_above,
        best_to_median = fresh.best_to_median,
        plays_per_follower = fresh.plays_per_follower,
        posts_per_week = fresh.posts_per_week,
        refreshed_at = now()
    from fresh
    where
        standings.user_id = fresh.user_id
        and (
            standings.day, standings.handle, standings.nickname, standings.status, standings.follower_count,
            standings.heart_count, standings.video_count, standings.is_estimated, standings.estimated_days,
            standings.observed_at, standings.growth_1, standings.growth_7, standings.growth_30, standings.percent_1,
            standings.percent_7, standings.percent_30, standings.acceleration, standings.first_seen_on,
            standings.source_trend, standings.band, standings.is_new, standings.is_fading, standings.score,
            standings.score_growth, standings.score_hearts, standings.growth_check, standings.growth_signs,
            standings.median_plays, standings.engagement, standings.last_post_on, standings.language, standings.contacts,
            standings.share_above, standings.best_to_median, standings.plays_per_follower, standings.posts_per_week
        ) is distinct from (
            fresh.day, fresh.handle, fresh.nickname, fresh.status, fresh.follower_count,
            fresh.heart_count, fresh.video_count, fresh.is_estimated, fresh.estimated_days,
            fresh.observed_at, fresh.growth_1, fresh.growth_7, fresh.growth_30, fresh.percent_1,
            fresh.percent_7, fresh.percent_30, fresh.acceleration, fresh.first_seen_on,
            fresh.source_trend, fresh.band, fresh.is_new, fresh.is_fading, fresh.score,
            fresh.score_growth, fresh.score_hearts, fresh.growth_check, fresh.growth_signs,
            fresh.median_plays, fresh.engagement, fresh.last_post_on, fresh.language, fresh.contacts,
            fresh.share_above, fresh.best_to_median, fresh.plays_per_follower, fresh.posts_per_week
        )
    returning standings.user_id
),

added as (
    insert into standings (
        user_id, day, handle, nickname, status, follower_count, heart_count, video_count, is_estimated, estimated_days,
        observed_at, growth_1, growth_7, growth_30, percent_1, percent_7, percent_30, acceleration, first_seen_on,
        source_trend, band, is_new, is_fading, score, score_growth, score_hearts, growth_check,
        growth_signs, median_plays, engagement, last_post_on, language, contacts, share_above, best_to_median,
        plays_per_follower, posts_per_week
    )
    select fresh.*
    from fresh
    where not exists (select from standings where standings.user_id = fresh.user_id)
    returning standings.user_id
),

removed as (
    delete from standings
    where
        part_of(standings.user_id, %(parts)s::integer) = %(part)s::integer
        and not exists (select from fresh where fresh.user_id = standings.user_id)
    returning standings.user_id
)

select
    (select count(*) from changed) + (select count(*) from added) as written,
    (select count(*) from removed) as removed;
