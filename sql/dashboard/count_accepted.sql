-- How many creators were accepted on a day, each counted once, whatever the number of their videos and of the keywords that led
-- to them, and how many of them were new on it; one row. Parameters: day date.
select
    count(distinct verdicts.user_id) as creators,
    count(distinct verdicts.user_id) filter (where creators.first_seen_on = %(day)s::date) as new_creators
from verdicts
left join creators on verdicts.user_id = creators.user_id
where verdicts.day = %(day)s::date and verdicts.layer = 'accepted';
