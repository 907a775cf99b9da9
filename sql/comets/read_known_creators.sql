-- Which of these creators are in the roster; one row per creator that is. Parameters: user_ids text[].
select creators.user_id
from creators
where creators.user_id = any(%(user_ids)s::text []);
