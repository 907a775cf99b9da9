"""Search in the library: every script, phrases, beginnings, the second, and what matched."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.video_research import library
from include.video_research.library import Answer, Filters, find

TEXTS = [
    "Tokyo RAMEN spots 2026",
    "José's café, naïve Straße",
    "東京のラーメン屋 open 24h",
    "日本語",
    "字",
    "रसोई की रानी दाल",
    "ร้านก๋วยเตี๋ยว",
    "مطعم الرامن في طوكيو",
    "iphone16ケース🍜ok",
    "서울 라면 맛집",
    "РАМEN Mосква pамеn xеж Mо1д аa aа ТOKУО ж1a1",
    "it's don't \"quoted\" back\\slash : & | ! <->",
    "",
    "🍜🍜",
]


@pytest.mark.server
def test_python_and_sql_cut_alike(connection: psycopg.Connection[Any]):
    """A text is cut into the same terms by the index and by who looks for it."""
    for text in TEXTS:
        (found,) = connection.execute("select library_terms(%s)", [text]).fetchall()[0]
        assert library.terms(text) == found, text


def test_terms():
    """Words without accents; letters of dense scripts in pairs, the last by itself."""
    assert library.terms("José: 日本語ok") == ["jose", "日本", "本語", "語", "ok"]


FIFTEEN = (
    "'femton' | 'funfzehn' | 'onbes' | 'pietnascie' | 'quince' | 'quindici' | 'quinze' | 'vijftien' | 'пятнадцать'"
)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("tokyo ram", "'tokyo' & 'ram':*"),
        ("tokyo ramen ", "'tokyo' & 'ramen'"),
        ('"tokyo ramen" spots', "('tokyo' <1> 'ramen') & 'spots':*"),
        ("“tokyo ramen”", "('tokyo' <1> 'ramen')"),
        ('"tokyo', "'tokyo'"),
        ("日本語", "('日本' <1> '本語':*)"),
        ("字", "'字':*"),
        ('"日本 語学"', "('日本' <2> '語学')"),
        (
            "bowl fifteen ",
            f"'bowl' & ('fifteen' | '15' | {FIFTEEN} | ('lima' <1> 'belas') | ('on' <1> 'bes') | ('п' <1> 'ятнадцять'))",
        ),
        (
            '"at fifteen bowls"',
            f"(('at' <1> ('fifteen' | '15' | {FIFTEEN}) <1> 'bowls')"
            " | ('at' <1> (('lima' <1> 'belas') | ('on' <1> 'bes') | ('п' <1> 'ятнадцять')) <1> 'bowls'))",
        ),
        ("москва", "('москва':* | 'mockba')"),
        ("🍜 ' & |", None),
        ("", None),
    ],
)
def test_what_is_typed(typed: str, query: str | None):
    """All words; a phrase in order; the last word as a beginning unless a blank ends it; signs are nothing."""
    assert library.sought(typed) == query


def put(
    connection: psycopg.Connection[Any], video_id: str, *said: tuple[str, float | None, str], **values: Any
) -> None:
    """A video with passages (source, second, text); its own texts are those of the passages."""
    of = {
        source: " ".join(text for kind, _, text in said if kind == source) for source in ("caption", "speech", "screen")
    }
    row = {"author": "anna", "language": "en", "posted_at": datetime(2026, 3, 1, tzinfo=UTC), "query": None, **values}
    connection.execute(
        "insert into videos (video_id, url, author, caption, transcript, ocr_text, language, posted_at, schema_version)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, 1)",
        [
            video_id,
            f"https://www.tiktok.com/@anna/video/{video_id}",
            row["author"],
            of["caption"],
            of["speech"],
            of["screen"],
            row["language"],
            row["posted_at"],
        ],
    )
    for number, (source, second, text) in enumerate(said):
        connection.execute(
            "insert into video_passages (video_id, source, number, starts_s, ends_s, text) values (%s, %s, %s, %s, %s, %s)",
            [video_id, source, number, second, None if second is None else second + 2, text],
        )


def ids(answers: list[Answer]) -> list[str]:
    return [answer.video_id for answer in answers]


def marked(answer: Answer) -> list[tuple[str, float | None, list[str]]]:
    return [
        (found.source, found.second, [found.text[begins:ends] for begins, ends in found.marks])
        for found in answer.passages
    ]


@pytest.fixture
def library_of_four(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    put(
        connection,
        "1",
        ("caption", None, "Three bowls near Shinjuku"),
        ("speech", 0.4, "Welcome to Tokyo, today we visit ramen shops."),
        ("speech", 4.4, "The first shop opens at eleven."),
        ("screen", 6.0, "Bowl 900 yen"),
    )
    put(
        connection,
        "2",
        ("caption", None, "東京のラーメン屋 全部"),
        ("screen", 3.0, "営業中 ラーメン"),
        language="ja",
        author="Kenji",
    )
    put(
        connection,
        "3",
        ("speech", 1.0, "रसोई की रानी आज दाल बनाती है"),
        language="hi",
        posted_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    put(connection, "4", ("caption", None, "ramen ramen"), ("speech", 2.0, "shops of ramen, not in the other order"))
    return connection


@pytest.mark.server
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ramen", {"1", "4"}),
        ("RAMEN shinjuku", {"1"}),
        ("shinj", {"1"}),
        ("shinj ", set()),
        ('"ramen shops"', {"1"}),
        ("ラーメン", {"2"}),
        ("メン", {"2"}),
        ("ン", {"2"}),
        ("京のラ", {"2"}),
        ('"opens at eleven"', {"1"}),
        ('"at opens eleven"', set()),
        ('"first shop opens" bowl', {"1"}),
        ('"first shop opens" nothing', set()),
        ('"営業中 ラーメン"', {"2"}),
        ('"ラーメン 営業中"', set()),
        ("रानी", {"3"}),
        ("दिल", set()),
        ("nothing", set()),
        ("", {"1", "2", "3", "4"}),
        ("'; drop table videos; --", set()),
    ],
)
def test_what_is_found(library_of_four: psycopg.Connection[Any], typed: str, found: set[str]):
    """Words of every script are found, in any part of texts without spaces, and nothing else."""
    assert set(ids(find(library_of_four, typed))) == found


@pytest.mark.server
def test_an_answer_names_source_second_and_words(library_of_four: psycopg.Connection[Any]):
    """The best passage matches all that was typed, and says where it stands; what matched is marked."""
    (answer,) = find(library_of_four, "tokyo ramen")
    assert marked(answer) == [("speech", 0.4, ["Tokyo", "ramen"])]
    (answer,) = find(library_of_four, "ラーメン")
    assert marked(answer) == [("screen", 3.0, ["ラーメン"]), ("caption", None, ["ラーメン"])]
    (answer,) = find(library_of_four, "yen shinjuku")
    assert sorted(marked(answer)) == [("caption", None, ["Shinjuku"]), ("screen", 6.0, ["yen"])]


@pytest.mark.server
def test_near_which_second_words_are_said(library_of_four: psycopg.Connection[Any]):
    """By their place in the sentence: "Tokyo" begins at letter 11 of 45, in two seconds. What is shown is there at once."""
    (answer,) = find(library_of_four, "tokyo ramen", passages=1)
    (said,) = answer.passages
    assert said.text.index("Tokyo") == 11
    assert said.about == pytest.approx(0.4 + 2 * 11 / 45)
    (answer,) = find(library_of_four, "yen")
    assert [(passage.source, passage.about) for passage in answer.passages] == [("screen", None)]


@pytest.mark.server
def test_the_second_of_words(library_of_four: psycopg.Connection[Any]):
    """Where words have their seconds, what matched is told by them, and is no estimate; a new text has none."""
    library_of_four.execute(
        "update video_passages set word_letters = '{0,8,11,18,24,27,33,39}', word_seconds = '{.4,1,1.2,1.5,1.6,1.75,2,2.2}',"
        " probability = 0.9 where video_id = '1' and number = 1"
    )
    (answer,) = find(library_of_four, "ramen shops visit", passages=1)
    (said,) = answer.passages
    assert (said.text[27:32], said.said_at, said.at, said.is_estimated) == ("visit", 1.75, 1.75, False)
    assert library.as_json(answer)["about"] == 1.8
    library_of_four.execute("update video_passages set text = 'x ' || text where video_id = '1' and number = 1")
    (answer,) = find(library_of_four, "ramen shops visit", passages=1)
    (said,) = answer.passages
    assert (said.words, said.said_at, said.is_estimated) == ((), None, True)


NUMBERS = [
    ("We open at eleven.", "11", ["eleven"]),
    ("We open at 11.", "eleven", ["11"]),
    ("We open at 11.", '"open at eleven"', ["open", "at", "11"]),
    ("Twenty-one bowls for 1,000 yen", "21 bowls", ["Twenty", "one", "bowls"]),
    ("Twenty-one bowls for 1,000 yen", '"for one thousand yen"', ["for", "1", "000", "yen"]),
    ("21 bowls, then twenty and one", '"twenty one bowls"', ["21", "bowls"]),
    ("Um einundzwanzig Uhr", "21", ["einundzwanzig"]),
    ("A las once y media", "11", []),  # once more, in English
    ("Открываем в одиннадцать", "11", ["одиннадцать"]),
    ("à quatre-vingt-dix-neuf euros", '"99 euros"', ["quatre", "vingt", "dix", "neuf", "euros"]),
    ("eleven hundred tennis balls", "ten", ["tennis"]),
    ("room 110", "eleven", []),
    ("at 9 or at twelve", '"at nine or at 12"', ["at", "9", "or", "at", "twelve"]),
    ("東京 11時", '"東京 eleven"', ["東京"]),
]


@pytest.mark.server
@pytest.mark.parametrize(("text", "typed", "marked_parts"), NUMBERS)
def test_numbers(connection: psycopg.Connection[Any], text: str, typed: str, marked_parts: list[str]):
    """A number is found in figures and in words, whichever was typed; the marks stand on what is there."""
    put(connection, "1", ("speech", 1.0, text))
    answers = find(connection, typed)
    parts = [text[begins:ends] for begins, ends in library.marks(text, library._sought(typed))]
    assert parts == marked_parts
    assert ids(answers) == (["1"] if marked_parts else [])


def test_numbers_are_read_one_way():
    """No words stand for two numbers, and all are as the index writes words."""
    seen: dict[str, str] = {}
    for line in (Path(library.__file__).with_name("numbers.txt")).read_text(encoding="utf-8").splitlines():
        figures, _, words = line.partition(": ")
        for way in words.split(", "):
            assert way not in seen, (way, seen.get(way), figures)
            assert " ".join(library.terms(way)) == way
            seen[way] = figures
    assert len(set(seen.values())) == 129


@pytest.mark.server
def test_letters_that_look_alike(connection: psycopg.Connection[Any]):
    """A word in which OCR mixed Latin and Cyrillic letters is found as it looks, and so is a Cyrillic one read as Latin."""
    put(connection, "1", ("screen", 1.0, "ТOKУО RAМEN"))
    put(connection, "2", ("screen", 1.0, "Mосква"))
    put(connection, "3", ("screen", 1.0, "сор"))
    put(connection, "4", ("screen", 1.0, "MOCKBA, Mосквы"))
    assert ids(find(connection, "tokyo ramen")) == ["1"]
    assert set(ids(find(connection, "москва"))) == {"2", "4"}
    assert ids(find(connection, "москвы")) == ["4"]
    assert ids(find(connection, "cop")) == []
    (answer,) = find(connection, "ramen")
    assert marked(answer) == [("screen", 1.0, ["RAМEN"])]


@pytest.mark.server
def test_caption_counts_most(library_of_four: psycopg.Connection[Any]):
    """A word in the caption weighs more than the same word in the speech."""
    assert ids(find(library_of_four, "ramen")) == ["4", "1"]


@pytest.mark.server
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(author="kenji"), ["2"]),
        (Filters(language="hi"), ["3"]),
        (Filters(posted_from=date(2026, 3, 1), posted_to=date(2026, 3, 1), author="ANNA"), ["1", "4"]),
        (Filters(posted_to=date(2025, 1, 1)), ["3"]),
        (Filters(query_id="none"), []),
        (Filters(is_relevant=True), []),
        (Filters(added_since=datetime(2100, 1, 1, tzinfo=UTC)), []),
    ],
)
def test_filters(library_of_four: psycopg.Connection[Any], filters: Filters, found: list[str]):
    """Each filter leaves what fits it; days count to their end."""
    assert sorted(ids(find(library_of_four, "", filters))) == found


@pytest.mark.server
def test_where_it_must_stand(library_of_four: psycopg.Connection[Any]):
    """A source as a filter finds what is said, or shown, or written there alone."""
    assert ids(find(library_of_four, "ramen", Filters(source="caption"))) == ["4"]
    assert set(ids(find(library_of_four, "ramen", Filters(source="speech")))) == {"1", "4"}
    assert ids(find(library_of_four, "yen", Filters(source="speech"))) == []
    assert ids(find(library_of_four, '"ramen shops"', Filters(source="speech"))) == ["1"]
    assert ids(find(library_of_four, '"ramen shops"', Filters(source="caption"))) == []
    assert ids(find(library_of_four, "京のラ", Filters(source="caption"))) == ["2"]
    assert ids(find(library_of_four, "京のラ", Filters(source="screen"))) == []
    # Of several words, which may be spread over a video, one is enough.
    assert ids(find(library_of_four, "tokyo bow", Filters(source="screen"))) == ["1"]


@pytest.mark.server
def test_pages(library_of_four: psycopg.Connection[Any]):
    """Pages part all that is found, without repeats."""
    pages = [find(library_of_four, "", limit=3), find(library_of_four, "", limit=3, skip=3)]
    assert [len(page) for page in pages] == [3, 1]
    assert sorted(ids(pages[0] + pages[1])) == ["1", "2", "3", "4"]


@pytest.mark.server
@pytest.mark.parametrize("typed", ["shops ", '"of ramen"', "ラーメン", ""])
def test_newest_posts_come_first_of_all(
    library_of_four: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, typed: str
):
    """Ordered by the day of posting, no answer is left out for having come to the library early."""
    monkeypatch.setattr(library, "MOST_RANKED", 1)
    library_of_four.execute(
        "update videos set added_at = now() - interval '1 day', posted_at = now() where video_id = '1'"
    )
    put(library_of_four, "5", ("speech", 0.0, "shops of ramen, ラーメン"), posted_at=datetime(2026, 4, 1, tzinfo=UTC))
    library_of_four.execute("update videos set posted_at = '2026-05-01', added_at = '2026-01-01' where video_id = '2'")
    found = ids(find(library_of_four, typed, order="posted", limit=2))
    assert found == {"shops ": ["1", "5"], '"of ramen"': ["5", "4"], "ラーメン": ["2", "5"], "": ["1", "2"]}[typed]


@pytest.mark.server
def test_a_search_leaves_nothing_behind(library_of_four: psycopg.Connection[Any]):
    """How a search is planned does not stay for what is asked after it in the same transaction."""
    with library_of_four.transaction():
        assert len(find(library_of_four, "ramen")) == 2
        assert library_of_four.execute("show enable_seqscan").fetchall() == [("on",)]


@pytest.mark.server
def test_changed_texts_are_found_anew(library_of_four: psycopg.Connection[Any]):
    """The words follow the texts: what was blanked is found no longer."""
    library_of_four.execute("update videos set transcript = '(erased)', caption = '' where video_id = '4'")
    library_of_four.execute("update video_passages set text = '(erased)' where video_id = '4'")
    assert ids(find(library_of_four, "ramen")) == ["1"]
    assert ids(find(library_of_four, "erased")) == ["4"]


@pytest.mark.parametrize(
    ("text", "typed", "about"),
    [
        # 70 letters in 7 seconds: a tenth of a second each.
        ("Of it, it was the age of it and after that again so it was age of it.", '"age of it." x', 1.8),
        ("x" * 40 + " hope " + "y" * 24, "hope ", 4.1),
        # The words that stand together count, and not the first one by itself.
        ("of " + "z" * 57 + " best of times", "best of times ", 6.1 * 70 / 74),
    ],
)
def test_about(text: str, typed: str, about: float):
    """The second is that of what was sought, by its place among the letters."""
    wanted = library._sought(typed)
    passage = library.Passage("speech", 0.0, 7.0, text, library.marks(text, wanted))
    assert passage.about == pytest.approx(about, abs=0.1)
    assert passage.at == passage.about
    near = library.Passage("speech", 2.0, 2.9, text, library.marks(text, wanted))
    assert near.at == 2.0


@pytest.mark.parametrize(
    ("text", "typed", "marked_parts"),
    [
        ("Café CAFE cafés", "cafe", ["Café", "CAFE", "cafés"]),
        ("Café CAFE cafés", "cafe ", ["Café", "CAFE"]),
        ("ﬁne 𝐀𝐧𝐚", "fine ana", ["ﬁne", "𝐀𝐧𝐚"]),
        ("東京ラーメンとラーメン", "ラーメン", ["ラーメン", "ラーメン"]),
        ("<b>ramen</b>", "ramen", ["ramen"]),
        ("", "ramen", []),
        # A phrase is marked where it stands as one, and its words nowhere else.
        ("Of winter, the spring of hope", '"spring of hope"', ["spring", "of", "hope"]),
        ("Of winter, the spring of hope", '"spring of hop"', []),
        ("Of winter, the spring of hope", '"of hope" winter', ["winter", "of", "hope"]),
        ("THE SPRING. Of hope; the spring of hopes", '"spring of hope"', ["SPRING", "Of", "hope"]),
    ],
)
def test_marks(text: str, typed: str, marked_parts: list[str]):
    """Marks are places in the text as it was written, whatever its letters fold to."""
    wanted = library._sought(typed)
    assert [text[begins:ends] for begins, ends in library.marks(text, wanted)] == marked_parts
