-- Rows of media_removals in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    media_removals.video_id,
    jsonb_build_object(
        'folder', media_removals.folder,
        'prefix', media_removals.prefix
    ) as texts
from media_removals
where
    lower(
        jsonb_build_array(
            media_removals.folder,
            media_removals.prefix
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1;
