"""What is written down beside a video."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.video_research.downloads.metadata import from_page, hashtags, mentions, posted_at
from include.video_research.records import Hit

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HIT = Hit("q", "7613477303567100776", "https://www.tiktok.com/@a/video/7613477303567100776", 1, "tikhub", "a", plays=7)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("Best #ramen in #Tokyo #RAMEN!", ["ramen", "Tokyo"]),
        ("#東京ラーメン、#札幌", ["東京ラーメン", "札幌"]),
        ("#हिन्दी #नमस्ते ok", ["हिन्दी", "नमस्ते"]),
        ("#العربية #ภาษาไทย", ["العربية", "ภาษาไทย"]),
        ("＃全角 #a#b #straße", ["全角", "a", "b", "straße"]),
        ("# nothing #! ##twice C#", ["twice"]),
    ],
)
def test_hashtags(caption, expected):
    """In every script, with the marks inside a word, each once whatever its case."""
    assert hashtags(caption) == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("with @noodle.nook. and @_x, mail a@b.example", ["noodle.nook", "_x"]),
        ("@", []),
        ("@Me @me", ["Me"]),
    ],
)
def test_mentions(caption, expected):
    """Handles without the full stop after them; an address of mail names nobody."""
    assert mentions(caption) == expected


@pytest.mark.parametrize(
    ("video_id", "timestamp", "expected"),
    [
        ("7613477303567100776", 1_772_000_000, datetime.fromtimestamp(1_772_000_000, UTC)),
        ("7613477303567100776", None, datetime.fromtimestamp(7613477303567100776 >> 32, UTC)),
        ("7613477303567100776", "soon", datetime.fromtimestamp(7613477303567100776 >> 32, UTC)),
        ("7613477303567100776", 9_999_999_999_999, datetime.fromtimestamp(7613477303567100776 >> 32, UTC)),
        ("12", True, None),
        ("x", None, None),
    ],
)
def test_when_it_was_posted(video_id, timestamp, expected):
    """As told, else as the id says; a time that cannot be is none."""
    assert posted_at(video_id, timestamp, NOW) == expected


def test_a_page_that_says_nothing():
    """What the page leaves out comes from the search; counts that nobody gave are not there."""
    known = from_page(HIT, {"like_count": None, "comment_count": -1}, 3.0, NOW)
    assert known["counts"] == {"plays": 7}
    assert (known["creator"], known["caption"], known["hashtags"]) == ("a", "", [])


def test_texts_that_no_database_takes():
    """Zero bytes and halves of letters are taken out."""
    known = from_page(HIT, {"description": "a\x00b\ud83dc #x", "channel": "\x00"}, 3.0, NOW)
    assert (known["caption"], known["creator_nickname"]) == ("abc #x", None)
