-- Videos of the library that match, a page of them; one row per video. Parameters: sought text or null (a tsquery; null: all),
-- in_part text or null, query_id text or null, author text or null, language text or null, posted_from date or null,
-- posted_to date or null, speech_state text or null, source text or null, is_relevant bool or null, added_since timestamptz
-- or null, ordered_by text (best, newest, posted), most int, skipped int, most_ranked int.
with
matching as materialized (
    select
        kept.video_id,
        kept.added_at
    from videos as kept
    where
        (%(sought)s::text is null or kept.found_words @@ %(sought)s::tsquery)
        and (%(author)s::text is null or lower(kept.author collate ucs_basic) = lower(%(author)s::text collate ucs_basic))
        and (%(language)s::text is null or kept.language = %(language)s::text)
        and (%(posted_from)s::date is null or kept.posted_at >= %(posted_from)s::date)
        and (%(posted_to)s::date is null or kept.posted_at < %(posted_to)s::date + 1)
        and (%(speech_state)s::text is null or kept.speech_state = %(speech_state)s::text)
        and (%(added_since)s::timestamptz is null or kept.added_at > %(added_since)s::timestamptz)
        and (
            %(query_id)s::text is null
            or exists (
                select from research_hits as hits
                where hits.query_id = %(query_id)s::text and hits.video_id = kept.video_id
            )
        )
        and (
            %(is_relevant)s::boolean is null
            or exists (
                select from research_marks as marks
                where marks.video_id = kept.video_id and marks.is_relevant = %(is_relevant)s::boolean
            )
        )
        and (
            %(source)s::text is null
            or %(in_part)s::text is null
            or exists (
                select from video_passages as passages
                where
                    passages.video_id = kept.video_id
                    and passages.source = %(source)s::text
                    and passages.found_words @@ %(in_part)s::tsquery
            )
        )
    order by kept.added_at desc, kept.video_id
    limit greatest(%(most_ranked)s::integer, %(most)s::integer + %(skipped)s::integer)
)

select
    kept.video_id,
    kept.url,
    kept.author,
    coalesce(kept.caption, kept.title) as caption,
    kept.language,
    kept.posted_at,
    kept.added_at,
    kept.duration_s,
    kept.sha256,
    kept.is_made_up,
    (
        select marks.is_relevant
        from research_marks as marks
        where marks.video_id = kept.video_id
        order by marks.marked_at desc
        limit 1
    ) as is_relevant
from matching
inner join videos as kept on matching.video_id = kept.video_id
order by
    case
        when %(ordered_by)s::text = 'best'
            then ts_rank(array[0.1, 0.4, 0.8, 1.0]::real [], kept.found_words, %(sought)s::tsquery, 1)
    end desc nulls last,
    case when %(ordered_by)s::text = 'posted' then kept.posted_at end desc nulls last,
    kept.added_at desc,
    kept.video_id
limit %(most)s::integer offset %(skipped)s::integer;
