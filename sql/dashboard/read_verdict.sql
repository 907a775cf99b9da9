-- One verdict; one row or none. Parameters: day date, keyword text, video_id text.
select
    verdicts.*,
    exists(select from creators where creators.user_id = verdicts.user_id) as is_on_roster
from verdicts
where
    verdicts.day = %(day)s::date
    and verdicts.keyword = %(keyword)s::text
    and verdicts.video_id = %(video_id)s::text;
