-- How many creators were accepted on a day, each counted once, whatever the number of their videos and of the keywords that led
-- to them; one row. Parameters: day date.
select count(distinct verdicts.user_id) as creators
from verdicts
where verdicts.day = %(day)s::date and verdicts.layer = 'accepted';
