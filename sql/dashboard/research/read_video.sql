-- A video of the library, with how far it is and the judgement of whoever marked it last. Parameters: video_id text.
select
    kept.video_id,
    kept.url,
    kept.author,
    kept.author_uid,
    kept.title,
    kept.caption,
    kept.hashtags,
    kept.transcript,
    kept.duration_s,
    kept.language,
    kept.is_language_assumed,
    kept.speech_state,
    kept.ocr_state,
    kept.engines,
    kept.posted_at,
    kept.counts,
    kept.gcs_prefix,
    kept.frame_count,
    kept.frames_found,
    kept.has_video,
    kept.sha256,
    kept.processed_at,
    kept.added_at,
    kept.gone_at,
    kept.is_made_up,
    known.size_bytes,
    marks.is_relevant,
    marks.marked_by,
    marks.marked_at,
    array(
        select queries.text
        from research_hits as hits
        inner join research_queries as queries on hits.query_id = queries.query_id
        where hits.video_id = kept.video_id
        order by queries.position
    ) as questions
from videos as kept
left join research_videos as known on kept.video_id = known.video_id
left join lateral (
    select
        judged.is_relevant,
        judged.marked_by,
        judged.marked_at
    from research_marks as judged
    where judged.video_id = kept.video_id
    order by judged.marked_at desc
    limit 1
) as marks on true
where kept.video_id = %(video_id)s::text;
