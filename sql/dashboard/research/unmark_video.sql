-- Takes the judgement of a video back; no row. Parameters: video_id text, query_id text.
delete from research_marks as marks
where marks.video_id = %(video_id)s::text and marks.query_id = %(query_id)s::text;
