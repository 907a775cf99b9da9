-- Stored pages of videos found under a keyword on a day, in the order they were asked for; one row per page. What another
-- pipeline had asked before was not asked again: it is known by its search.
-- Parameters: day date, keyword text, beginnings text[] (of the subjects of the keyword's searches).
select
    calls.endpoint,
    calls.subject,
    calls.answered_at,
    calls.answer
from api_calls as calls
where
    calls.day = %(day)s::date
    and calls.endpoint in ('video_search', 'hashtag_videos', 'user_videos')
    and (
        (calls.pipeline = 'comets' and calls.keyword = %(keyword)s::text)
        or (
            calls.pipeline <> 'comets'
            and exists (
                select from unnest(%(beginnings)s::text []) as searched (beginning)
                where starts_with(calls.subject, searched.beginning)
            )
        )
    )
    and calls.holds_identity
    and calls.answer is not null
order by calls.call_id;
