-- Whose latest videos the consistency check asked for on a day, and of how many an answer came, if only that there are none; one
-- row. What other sources asked under their own keywords is not counted. Parameters: day date, users_sign text, look_alikes text.
select
    count(distinct calls.subject) as asked,
    count(distinct calls.subject) filter (where calls.outcome in ('answered', 'not_found')) as given
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.pipeline = 'comets'
    and calls.endpoint = 'user_videos'
    and calls.outcome <> 'calling'
    and not starts_with(calls.keyword, %(users_sign)s::text)
    and calls.keyword <> %(look_alikes)s::text;
