-- Rows of content_performance in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    content_performance.account,
    content_performance.video_id,
    content_performance.snapshot_day,
    jsonb_build_object(
        'title', content_performance.title,
        'link', content_performance.link,
        'extra', content_performance.extra,
        'hashtags', content_performance.hashtags,
        'mentions', content_performance.mentions
    ) as texts
from content_performance
where
    lower(
        jsonb_build_array(
            content_performance.title,
            content_performance.link,
            content_performance.extra,
            content_performance.hashtags,
            content_performance.mentions
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2, 3;
