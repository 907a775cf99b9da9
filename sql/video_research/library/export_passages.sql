-- All that is said, shown and written in the library, with the columns of the page's export; one row per passage, and one for a
-- video without any. Parameters: uncertain_below real (how far an engine that says so has to believe a passage).
select
    kept.video_id,
    kept.url,
    kept.author,
    coalesce(kept.caption, kept.title) as caption,
    kept.language,
    passages.source,
    passages.starts_s as second,
    passages.starts_s as about,
    false as is_estimated,
    coalesce(passages.probability < %(uncertain_below)s::real, false) as is_uncertain,
    coalesce(passages.text, kept.caption, kept.title, '') as text,
    kept.posted_at,
    kept.added_at,
    (
        select marks.is_relevant
        from research_marks as marks
        where marks.video_id = kept.video_id
        order by marks.marked_at desc
        limit 1
    ) as is_relevant,
    kept.is_made_up
from videos as kept
left join video_passages as passages on kept.video_id = passages.video_id
order by kept.video_id, passages.source, passages.number;
