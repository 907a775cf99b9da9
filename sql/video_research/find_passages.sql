-- The best passages of these videos, at most so many of each: first what matches all of it, then what matches most.
-- Parameters: video_ids text[], sought text (a tsquery), in_part text (a tsquery), source text or null, least_sure real or null
-- (how far an engine that says so has to believe it), most int.
select
    ranked.video_id,
    ranked.source,
    ranked.starts_s,
    ranked.ends_s,
    ranked.text,
    ranked.word_letters,
    ranked.word_seconds,
    ranked.probability
from (
    select
        passages.video_id,
        passages.source,
        passages.starts_s,
        passages.ends_s,
        passages.text,
        passages.word_letters,
        passages.word_seconds,
        passages.probability,
        row_number() over (
            partition by passages.video_id
            order by
                passages.found_words @@ %(sought)s::tsquery desc,
                ts_rank(passages.found_words, %(in_part)s::tsquery) desc,
                passages.source = 'caption',
                passages.starts_s,
                passages.source,
                passages.number
        ) as place
    from video_passages as passages
    where
        passages.video_id = any(%(video_ids)s::text [])
        and passages.found_words @@ %(in_part)s::tsquery
        and (%(source)s::text is null or passages.source = %(source)s::text)
        and (%(least_sure)s::real is null or coalesce(passages.probability, 1) >= %(least_sure)s::real)
) as ranked
where ranked.place <= %(most)s::integer
order by ranked.video_id, ranked.place;
