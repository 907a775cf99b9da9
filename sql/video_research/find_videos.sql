-- Videos of the library that match, a page of them; one row per video. Parameters: sought text or null (a tsquery; null: all),
-- terms text or null (a tsquery: what has to be there, in any order, besides the phrases), phrases tsvector or null (terms that
-- have to stand side by side), is_exact bool (terms say all that sought does), in_part text or null (a tsquery: any of it, in one
-- passage), in_source text or null (the same in what comes from this source), query_id text or null, author text or null,
-- language text or null, posted_from date or null, posted_to date or null, speech_state text or null, source text or null,
-- least_sure real or null (how far an engine that says so has to believe a passage), is_relevant bool or null,
-- added_since timestamptz or null, ordered_by text (best, newest, posted), most int, skipped int,
-- most_ranked int.
with
matching as materialized (
    select
        candidates.video_id,
        candidates.added_at
    from (
        -- What indexes alone can say, in the order in which it is wanted. With words the order is not an index's: walking along
        -- one and reading the words of each video takes seconds where few match.
        select
            kept.video_id,
            kept.added_at
        from videos as kept
        where
            (%(terms)s::text is null or kept.found_words @@ %(terms)s::tsquery)
            and (
                %(phrases)s::tsvector is null
                or library_pairs(kept.found_words) @> library_pairs(%(phrases)s::tsvector)
            )
            and (
                %(author)s::text is null
                or lower(kept.author collate ucs_basic) = lower(%(author)s::text collate ucs_basic)
            )
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
        order by
            case when %(ordered_by)s::text = 'posted' then kept.posted_at end desc nulls last,
            case when %(sought)s::text is null then kept.added_at end desc,
            kept.added_at + interval '0 s' desc,
            kept.video_id
    ) as candidates
    -- One after the other, until there are enough: each of these reads all words of a video.
    where
        (
            (%(is_exact)s::boolean and %(in_source)s::text is null)
            or (
                select
                    (%(is_exact)s::boolean or kept.found_words @@ %(sought)s::tsquery)
                    and (%(in_source)s::text is null or kept.found_words @@ %(in_source)s::tsquery)
                from videos as kept
                where kept.video_id = candidates.video_id
            )
        )
        and (
            (%(source)s::text is null and %(least_sure)s::real is null)
            or %(in_part)s::text is null
            or (
                select coalesce(bool_or(passages.found_words @@ %(in_part)s::tsquery), false)
                from video_passages as passages
                where
                    passages.video_id = candidates.video_id
                    and (%(source)s::text is null or passages.source = %(source)s::text)
                    and (%(least_sure)s::real is null or coalesce(passages.probability, 1) >= %(least_sure)s::real)
            )
        )
    limit case
        when %(ordered_by)s::text = 'best'
            then greatest(%(most_ranked)s::integer, %(most)s::integer + %(skipped)s::integer)
        else %(most)s::integer + %(skipped)s::integer
    end
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
