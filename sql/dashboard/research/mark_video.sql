-- Judges a video, for a question or for none ('' as its id); no row. Parameters: video_id text, query_id text, is_relevant
-- bool, marked_by text.
insert into research_marks (video_id, query_id, is_relevant, marked_by, marked_at)
values (%(video_id)s::text, %(query_id)s::text, %(is_relevant)s::boolean, %(marked_by)s::text, now())
on conflict (video_id, query_id) do update
    set is_relevant = excluded.is_relevant, marked_by = excluded.marked_by, marked_at = excluded.marked_at;
