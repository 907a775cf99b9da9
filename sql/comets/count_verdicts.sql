-- How the videos screened on a day were judged; one row. Parameters: day date.
select
    count(*) as videos,
    count(*) filter (where verdicts.layer = 'platform') as platform,
    count(*) filter (where verdicts.layer = 'platform' and verdicts.field <> 'bio') as platform_before_caption,
    count(*) filter (where verdicts.layer = 'pronoun') as pronoun,
    count(*) filter (where verdicts.layer = 'criteria') as criteria,
    count(*) filter (where verdicts.layer = 'face') as face,
    count(*) filter (where verdicts.layer = 'undetermined' and verdicts.field is distinct from 'profile') as no_cover,
    count(*) filter (where verdicts.layer = 'undetermined' and verdicts.field = 'profile') as no_profile,
    count(*) filter (where verdicts.layer = 'accepted') as accepted,
    count(distinct verdicts.user_id) filter (where verdicts.layer = 'accepted') as accepted_creators
from verdicts
where verdicts.day = %(day)s::date;
