"""Keywords: what makes two of them one, how they are capped, followed and kept."""

from __future__ import annotations

import json

import pytest

from include.comets import tasks, trends
from include.comets.trends import Keyword
from include.local.played_days import Days
from include.tikhub import parsers


def words(*given: str, most: int = 10) -> list[str]:
    return [keyword.text for keyword in trends.choose(given, most)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  lantern \n soup ", "lantern soup"),
        ("ﬁsh ﬂakes", "fish flakes"),
        ("lan\u200btern\ufeff soup", "lantern soup"),
        ("lantern\x00soup", "lantern soup"),
        ("half \ud83d an emoji", "half an emoji"),
        ("ｌａｎｔｅｒｎ", "lantern"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_word_is_made_comparable_and_keeps_its_case_and_script(given, kept):
    """NFKC, trimmed, single spaces, no NUL, no invisible characters; a joiner that a script needs stays."""
    assert kept == trends.normalise(given)


@pytest.mark.parametrize(
    "again",
    [
        "LANTERN SOUP",
        "lantern  soup",
        " Lantern Soup Trend",
        "lantern-soup!",
        "lanternsoup",
        "soup lantern",
        "lantern soups",
    ],
)
def test_a_near_duplicate_is_dropped(again):
    """Case, spaces, punctuation, order, a trailing "Trend" and a letter more make no new topic: the first stays."""
    assert words("Lantern Soup", again, "origami owl") == ["Lantern Soup", "origami owl"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("दाल रेसिपी", "दिल रेसिपी"),
        ("เพลงของพ่อ", "เพลงของพอ"),
        ("ป้า", "ป่า"),
        ("ভাত রান্নার রেসিপি", "ভাতা রান্নার রেসিপি"),
        ("মা দিবস ২০২৬", "মি দিবস ২০২৬"),
        ("كتاب الطبخ العربي", "كباب الطبخ العربي"),
        ("عَلَم بلادي الجميل", "عِلْم بلادي الجميل"),
        ("công thức nấu bò", "công thức nấu bơ"),
        ("кот на диване дома", "код на диване дома"),
    ],
)
def test_one_mark_or_letter_makes_another_word(one: str, other: str):
    """Where a mark or a letter changes the meaning, both are topics: of whole words and of a longer text."""
    assert words(one, other) == [one, other]


def test_one_topic_in_two_forms():
    """Composed and decomposed, with a joiner and without, ß and SS, the dotted İ: written otherwise, the same."""
    given = ["José cooks", "JOSE\u0301 COOKS", "می\u200cخواهم", "میخواهم", "Straße", "STRASSE", "İstanbul", "istanbul"]
    assert words(*given) == given[::2]


def test_what_is_asked_for_is_left_out_with_a_line(days: Days, caplog: pytest.LogCaptureFixture):
    """A keyword or hashtag given by hand that is not searched for is named in the log, with the reason."""
    days.at(2026, 11, 2)
    asked = days.open(
        keywords=["Lantern Soup", "lantern soups", "owl", "boat"], hashtags=["#Owls", "owls"], max_keywords=2
    )
    found = tasks.fetch_trends(days.connect, days.api(), asked)
    assert [keyword["text"] for keyword in found] == ["Lantern Soup", "owl", "#Owls"]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "'lantern soups' is left out: it is taken for the same as 'Lantern Soup'.",
        "'boat' is left out: max_keywords is 2.",
        "The hashtag '#owls' is left out: it is among the keywords already.",
    ]


def test_numbers_and_short_words_tell_topics_apart():
    """Episode 3 is not episode 4, and cat is not car."""
    given = ["pebble saga episode 3", "pebble saga episode 4", "cat", "car"]
    assert given == words(*given)


def test_ranks_count_what_is_kept_up_to_the_cap():
    """The first three that differ, ranked from 1 without a hole; wordless ones are passed over."""
    chosen = trends.choose(["alpha", "ALPHA", "…", "beta", "", "gamma", "delta"], 3)
    assert [Keyword("alpha", 1), Keyword("beta", 2), Keyword("gamma", 3)] == chosen


def test_a_mark_before_several_words_makes_no_hashtag():
    """No hashtag has a space in it: before several words # goes, before a single one it stays."""
    assert words("#1 song in the world", "＃ #lantern soup", "#origami", "1 song in the world") == [
        "1 song in the world",
        "lantern soup",
        "#origami",
    ]


def test_hashtags_are_added_behind_and_once():
    """With and without #, in any case, with spaces: one hashtag each, ranked behind the words."""
    added = trends.with_hashtags([Keyword("alpha", 1)], ["#Origami", "origami", "＃Paper Boats", "#"])
    assert [
        Keyword("alpha", 1),
        Keyword("#Origami", 2, "hashtags"),
        Keyword("#PaperBoats", 3, "hashtags"),
    ] == added


def test_genuine_words_give_different_keywords(shared):
    """Of a recorded trending list, no two chosen keywords are the same when case and spaces are ignored."""
    recorded = json.loads(shared("tikhub_recorded/web_trending_searchwords.json").read_text(encoding="utf-8"))
    chosen = words(*(trend.word for trend in parsers.parse_trending_words(recorded)), most=100)
    assert 50 < len(chosen) <= 98
    assert len(chosen) == len({word.casefold().replace(" ", "") for word in chosen})
    assert chosen == [" ".join(word.split()) for word in chosen]


def test_a_day_keeps_each_keyword_once_however_often_it_is_fetched(days: Days):
    """Two runs of one day: one call, the same keywords, and one row per keyword with its rank."""
    days.at(2026, 11, 2)
    first = tasks.fetch_trends(days.connect, days.api(), days.open(hashtags=["#origami"], max_keywords=4))
    second = tasks.fetch_trends(days.connect, days.api(), days.open(hashtags=["#origami"], max_keywords=4))
    assert first == second
    assert len(days.sandbox.log()) == 1
    rows = days.rows("select trend_keyword, rank from daily_trends order by rank")
    assert [(keyword["text"], keyword["rank"]) for keyword in first] == rows
    assert rows[-1] == ("#origami", 5)


def test_given_keywords_replace_the_call(days: Days):
    """With the param nothing is asked, and exactly those words are searched and kept."""
    days.at(2026, 11, 2)
    found = tasks.fetch_trends(days.connect, days.api(), days.open(keywords=["Lantern  Soup", "#origami"]))
    assert found == [
        {"text": "Lantern Soup", "rank": 1, "source": "given"},
        {"text": "#origami", "rank": 2, "source": "given"},
    ]
    assert days.sandbox.log() == []
    assert days.rows("select trend_keyword from daily_trends order by 1") == [("#origami",), ("Lantern Soup",)]


def test_an_empty_list_fails_and_is_not_the_days_answer(days: Days):
    """No trending words: the task fails with what to do; the next try asks again, and finds what is there then."""
    days.at(2026, 11, 2)
    empty = {"kind": "field", "path": "data.trending_search_words", "value": []}
    days.sandbox.inject({"match": {"endpoint": "trending_words"}, "times": 1, "action": empty})
    with pytest.raises(tasks.NoTrends, match=r"no trending words[.] Try again later, or give the param 'keywords'"):
        tasks.fetch_trends(days.connect, days.api(), days.open())
    assert days.rows("select count(*) from daily_trends") == [(0,)]
    assert len(tasks.fetch_trends(days.connect, days.api(), days.open())) == 3
    assert days.rows("select outcome, is_billed from api_calls order by call_id") == [
        ("unreadable", True),
        ("answered", True),
    ]
