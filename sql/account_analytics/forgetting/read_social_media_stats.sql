-- Rows of social_media_stats in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    social_media_stats.account,
    social_media_stats.date,
    jsonb_build_object(
        'extra', social_media_stats.extra
    ) as texts
from social_media_stats
where
    lower(
        jsonb_build_array(
            social_media_stats.extra
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2;
