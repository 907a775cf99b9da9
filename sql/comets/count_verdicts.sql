-- How the videos screened on a day were judged, each counted once; one row. A video found under several keywords, or judged by
-- several runs of the day, counts as its verdict with the highest precedence says: accepted (its creator was entered, whatever
-- another verdict says), else the refusal that came furthest, else undetermined; of equals the latest. Parameters: day date.
with
videos as (
    select distinct on (verdicts.video_id)
        verdicts.user_id,
        verdicts.layer,
        verdicts.field
    from verdicts
    where verdicts.day = %(day)s::date
    order by verdicts.video_id, verdicts.precedence desc, verdicts.screened_at desc, verdicts.keyword
)

select
    count(*) as videos,
    count(*) filter (where videos.layer = 'platform') as platform,
    count(*) filter (where videos.layer = 'platform' and videos.field is distinct from 'bio') as platform_before_caption,
    count(*) filter (where videos.layer = 'pronoun') as pronoun,
    count(*) filter (where videos.layer = 'criteria') as criteria,
    count(*) filter (where videos.layer = 'face') as face,
    count(*) filter (where videos.layer = 'consistency') as consistency,
    count(*) filter (where videos.layer = 'undetermined' and videos.field is distinct from 'profile') as no_cover,
    count(*) filter (where videos.layer = 'undetermined' and videos.field = 'profile') as no_profile,
    count(*) filter (where videos.layer = 'accepted') as accepted,
    count(distinct videos.user_id) filter (where videos.layer = 'accepted') as accepted_creators
from videos;
