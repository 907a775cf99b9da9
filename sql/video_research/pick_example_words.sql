-- Words to search for, to show that the library answers: of what was said, shown and written in these queries' newest videos, a
-- passage of each source and two of its words. Parameters: query_ids text[], most int.
select picked.words
from (
    select distinct on (passages.source)
        passages.source,
        (select string_agg(parts.word, ' ') from (
            select listed.word
            from unnest(words_of(passages.text)) with ordinality as listed (word, place)
            where length(listed.word) > 3
            order by listed.place
            limit 2
        ) as parts) as words
    from video_passages as passages
    inner join videos as kept on passages.video_id = kept.video_id
    inner join research_hits as hits on passages.video_id = hits.video_id
    where hits.query_id = any(%(query_ids)s::text []) and words_of(passages.text) <> '{}'
    order by passages.source, kept.added_at desc, passages.video_id, passages.number
) as picked
where picked.words is not null
limit %(most)s::integer;
