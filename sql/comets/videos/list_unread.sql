-- Searches under which videos of creators of the roster were screened that are not kept as seen on that day, and all of one day;
-- one row per day and keyword, the earliest first. Parameters: first_day date, last_day date, whole_day date or null.
select
    verdicts.day,
    verdicts.keyword
from verdicts
inner join creators on verdicts.user_id = creators.user_id
where
    verdicts.day between %(first_day)s::date and %(last_day)s::date
    and (
        verdicts.day = %(whole_day)s::date
        or not exists (
            select from creator_video_sightings as sightings
            where
                sightings.user_id = verdicts.user_id
                and sightings.video_id = verdicts.video_id
                and sightings.day = verdicts.day
        )
    )
group by verdicts.day, verdicts.keyword
order by verdicts.day, verdicts.keyword;
