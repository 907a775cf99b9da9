-- What was judged on a day so far, for a dry run's report; one row per keyword and video. Parameters: day date.
select
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    verdicts.layer,
    verdicts.field,
    coalesce(creators.first_seen_on = %(day)s::date, true) as is_new
from verdicts
left join creators on verdicts.user_id = creators.user_id
where verdicts.day = %(day)s::date;
