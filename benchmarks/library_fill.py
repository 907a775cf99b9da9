"""Fills a library with made-up videos for `research_library`: words as skewed as people's, five languages, three scripts.

Each video has a caption, twenty passages of speech and ten of its screen. The passages are picked from a pool, so that their
words are cut once and not for each video; triggers and indexes are set aside meanwhile.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

SAID, SHOWN = 20, 10  # passages of one video
POOL = {"en": 30_000, "ja": 4_000, "es": 2_000, "hi": 1_500, "ar": 1_500}  # passages of speech; half as many of screens
VOCABULARY = 30_000
PHRASE = "ramen spots near the station"
_COMMON = (
    "the a and to of in is it this you we so that for i on at my with one but have just are what be do they was not all like "
    "go very ramen best here new or from shop out how tokyo get up time now about can really good then as more first some"
)
_JAPANESE = (
    "の に は を た が で て と し れ さ 東京 ラーメン 駅前 美味しい 店 今日 おすすめ 営業中 一杯 九百円 行列 人気 場所 紹介",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわんアイウエオカキクケコサシスセソ",
)
# The most common words of a language, and the letters that its other words are made of.
_WORDS = {
    "ja": _JAPANESE,
    "es": ("el la de que y a en un los se del las por con una está más también qué ñandú", "aeioáéíóúlrsntcñ"),
    "hi": ("के में की है और से को का यह पर दाल रसोई रानी खाना", "कखगचजटडतदनपबमरलवसह"),
    "ar": ("في من على هذا مع الى رامن طوكيو مطعم", "ابتجحدرزسعفقكلمنهوي"),
}


def fill(connection: psycopg.Connection[Any], videos: int) -> None:
    """In autocommit, as a superuser; what it fills has to be empty. The same each time, except for the moments."""
    connection.execute(
        b"create temporary table pool (language text, source text, number int, text text, words tsvector)"
    )
    with connection.cursor().copy("copy pool (language, source, number, text) from stdin") as copy:
        for line in _pool():
            copy.write_row(line)
    indexes = connection.execute(
        "select indexname, indexdef from pg_indexes"
        " where tablename in ('videos', 'video_passages') and indexname !~ '_pkey$' and schemaname = current_schema()"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    for statement in _STATEMENTS:
        connection.execute(statement, {"videos": videos, "said": SAID, "shown": SHOWN})
    connection.execute("set maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        connection.execute(definition.encode())
    connection.execute("vacuum (analyze) videos")
    connection.execute("vacuum (analyze) video_passages")


def _pool() -> Iterator[tuple[str, str, int, str]]:
    chance = random.Random(12)  # noqa: S311 - words for a benchmark
    for language, passages in POOL.items():
        words, gap = _vocabulary(language, chance), "" if language == "ja" else " "
        weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
        for source, number, most in (("speech", passages, 12), ("screen", passages // 2, 4), ("caption", passages, 9)):
            for at in range(number):
                told = chance.choices(words, cum_weights=weights, k=most)
                if language == "en" and at % 500 == 0:
                    told[-1] = PHRASE
                yield language, source, at, gap.join(told)


def _vocabulary(language: str, chance: random.Random) -> Sequence[str]:
    """The most common first. With each rank a word is as much rarer as in people's texts."""
    if language == "en":
        return [*_COMMON.split(), *(f"word{rank}" for rank in range(VOCABULARY))]
    common, letters = _WORDS[language]
    others = ("".join(chance.choices(letters, k=chance.randint(2, 7))) for _ in range(VOCABULARY // 3))
    return [*common.split(), *others]


_STATEMENTS = (
    """
    update pool set words = case
        -- The same for plain words, and quicker.
        when octet_length(text) = length(text) then to_tsvector('pg_catalog.simple', text)
        else library_words(text)
    end
    """,
    "create index on pool (language, source, number)",
    "create aggregate pg_temp.joined (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '')",
    """
    create temporary table pools as
    select language, source, count(*)::integer as passages from pool group by language, source
    """,
    """
    create temporary table picked as
    select
        made.n,
        made.language,
        parts.source,
        parts.place,
        (hashtext(made.n || parts.source || parts.place) & 2147483647) %% pools.passages as number
    from (
        select
            n,
            case
                when chance < 66 then 'en' when chance < 83 then 'ja' when chance < 91 then 'es' when chance < 96 then 'hi'
                else 'ar'
            end as language
        from generate_series(1, %(videos)s::integer) as n
        cross join lateral (select (hashtext('language' || n) & 2147483647) %% 100 as chance) as drawn
    ) as made
    cross join (
        select 'speech' as source, generate_series(0, %(said)s::integer - 1) as place
        union all
        select 'screen', generate_series(0, %(shown)s::integer - 1)
        union all
        select 'caption', 0
    ) as parts
    inner join pools on made.language = pools.language and parts.source = pools.source
    """,
    "analyze pool",
    "analyze picked",
    "alter table videos disable trigger user",
    "alter table video_passages disable trigger all",
    """
    insert into videos (
        video_id, url, author, caption, transcript, ocr_text, found_words, gcs_prefix, frame_count, duration_s, language,
        speech_state, ocr_state, posted_at, added_at, hashtags, sha256, schema_version
    )
    select
        (7000000000000000000 + n)::text,
        'https://www.tiktok.com/@a/video/' || n,
        'author' || floor(5000 * power((hashtext('author' || n) & 2147483647) / 2147483648.0, 3)),
        caption || ' #' || n,
        transcript,
        ocr_text,
        setweight(caption_words, 'A') || setweight(said_words, 'B') || setweight(shown_words, 'C'),
        'file:///media/videos/' || n,
        20,
        30,
        language,
        case when n %% 10 = 0 then 'no_audio' when n %% 10 = 1 then 'no_speech' else 'speech' end,
        'done',
        now() - (hashtext('posted' || n) & 2147483647) %% 1000000 * interval '1 minute',
        now() - n * interval '1 minute',
        array['ramen', 'tokyo'],
        (
            select jsonb_object_agg(
                format('frames/%%s_t%%s.0s.jpg', lpad(at::text, 3, '0'), at), encode(sha256((n || '/' || at)::bytea), 'hex')
            )
            from generate_series(1, 25) as at
        ),
        1
    from (
        select
            picked.n,
            picked.language,
            string_agg(pool.text, ' ') filter (where picked.source = 'caption') as caption,
            string_agg(pool.text, ' ' order by picked.place) filter (where picked.source = 'speech') as transcript,
            string_agg(pool.text, ' ' order by picked.place) filter (where picked.source = 'screen') as ocr_text,
            pg_temp.joined(pool.words) filter (where picked.source = 'caption') as caption_words,
            pg_temp.joined(pool.words order by picked.place) filter (where picked.source = 'speech') as said_words,
            pg_temp.joined(pool.words order by picked.place) filter (where picked.source = 'screen') as shown_words
        from picked
        inner join pool using (language, source, number)
        group by picked.n, picked.language
    ) as made
    order by n
    """,
    """
    insert into video_passages (video_id, source, number, starts_s, ends_s, text, found_words)
    select
        (7000000000000000000 + picked.n)::text,
        picked.source,
        picked.place,
        case when picked.source <> 'caption' then 1.5 * picked.place end,
        case when picked.source <> 'caption' then 1.5 * picked.place + 1.5 end,
        pool.text,
        pool.words
    from picked
    inner join pool using (language, source, number)
    order by picked.n
    """,
    "alter table videos enable trigger user",
    "alter table video_passages enable trigger all",
    "drop table picked",
)
