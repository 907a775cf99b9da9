-- Stored pages of videos found under a keyword on a day, in the order they were asked for; one row per page.
-- Parameters: day date, keyword text.
select
    calls.endpoint,
    calls.subject,
    calls.answered_at,
    calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.endpoint in ('video_search', 'hashtag_videos')
    and calls.keyword = %(keyword)s::text
    and calls.holds_identity
    and calls.answer is not null
order by calls.call_id;
