-- The snapshots of some days with the creators' present handles; one row per creator and day, by day.
-- Parameters: first_day date, day_after date (not included).
select
    stats.user_id,
    creators.handle,
    stats.recorded_date,
    stats.follower_count,
    stats.heart_count,
    stats.video_count,
    stats.daily_growth_followers,
    stats.daily_growth_percent,
    stats.compared_with,
    stats.source_trend,
    stats.observed_at,
    stats.origin,
    stats.is_estimated,
    not stats.is_estimated and exists (
        select from creator_stats as before
        where
            before.user_id = stats.user_id
            and before.recorded_date = stats.compared_with
            and before.is_estimated
    ) as is_against_estimate,
    listed.status as shortlist_status,
    nullif(listed.note, '') as shortlist_note,
    nullif(array_to_string(listed.tags, ', '), '') as shortlist_tags,
    listed.changed_by as shortlist_changed_by,
    listed.changed_at as shortlist_changed_at
from creator_stats as stats
inner join creators on stats.user_id = creators.user_id
left join shortlist as listed on creators.user_id = listed.user_id
where stats.recorded_date >= %(first_day)s::date and stats.recorded_date < %(day_after)s::date
order by stats.recorded_date, stats.user_id;
