-- Stored lists of the latest videos of creators of the roster whose videos are not kept as these lists have them, and all lists
-- of one day; one row per day and creator, the earliest first. Parameters: first_day date, last_day date, whole_day date or
-- null.
select
    days.day,
    calls.subject as user_id
from (
    select given.day::date as day
    from generate_series(%(first_day)s::date, %(last_day)s::date, interval '1 day') as given (day)
) as days
-- Day by day, so that the index of requests is read at those of one kind alone.
cross join lateral (
    select
        asked.subject,
        asked.answered_at
    from api_calls as asked
    where
        asked.day = days.day
        and asked.endpoint = 'user_videos'
        and asked.holds_identity
        and asked.answer is not null
) as calls
inner join creators on calls.subject = creators.user_id
where
    days.day = %(whole_day)s::date
    or not exists (
        select from creator_video_sightings as sightings
        where
            sightings.user_id = calls.subject
            and sightings.day = days.day
            and sightings.seen_at = calls.answered_at
    )
order by days.day, calls.subject;
