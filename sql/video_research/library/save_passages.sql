-- Puts the passages of a video in; no row. Parameters: video_id text, passages jsonb (source, number, starts_s, ends_s,
-- text, word_letters, word_seconds, probability).
insert into video_passages (video_id, source, number, starts_s, ends_s, text, word_letters, word_seconds, probability)
select
    %(video_id)s::text,
    given.source,
    given.number,
    given.starts_s,
    given.ends_s,
    given.text,
    given.word_letters,
    given.word_seconds,
    given.probability
from jsonb_to_recordset(%(passages)s::jsonb) as given (
    source text, number integer, starts_s double precision, ends_s double precision, text text,
    word_letters integer [], word_seconds real [], probability real
);
