"""From texts in frames to texts on the screen with their spans."""

from __future__ import annotations

import pytest

from include.video_research.processing.engines import Box, Reading
from include.video_research.processing.screen.merging import is_same, key_of, lines_of

BOX = (10, 20, 100, 30)


def shown(*frames: list[str | tuple[str, float]], every: float = 1.0, length: float | None = None) -> list[tuple]:
    """(from, until, text, whether it can be read) of what these frames show."""
    boxes = tuple(
        tuple(
            Box(text, score, BOX)
            for text, score in (given if isinstance(given, tuple) else (given, 0.9) for given in frame)
        )
        for frame in frames
    )
    times = tuple(number * every for number in range(len(frames)))
    lines = lines_of(Reading(times, boxes), len(frames) * every if length is None else length)
    return [(line.t, line.until, line.text, line.is_readable) for line in lines]


def test_neighbours_are_one():
    """A text in neighbouring frames is one, from the first of them until the next frame that lacks it."""
    assert shown(["Ramen"], ["Ramen"], []) == [(0.0, 2.0, "Ramen", True)]


def test_the_last_frame_lasts_to_the_end():
    """What the last frame shows is there until the video ends."""
    assert shown([], ["Save for later"], length=7.5) == [(1.0, 7.5, "Save for later", True)]


def test_one_frame_may_miss_it():
    """A frame in which the engine overlooks a text does not make two of it; a longer absence does."""
    assert shown(["Ramen"], [], ["Ramen"]) == [(0.0, 3.0, "Ramen", True)]
    assert shown(["Ramen"], [], [], ["Ramen"]) == [(0.0, 1.0, "Ramen", True), (3.0, 4.0, "Ramen", True)]


def test_small_differences_are_merged():
    """The same caption read a little differently is one text, in the reading that was surest over all frames."""
    frames = [("Takoyaki at the market", 0.9)], [("Takoyaki at tne market", 0.7)], [("Takoyaki at the market", 0.8)]
    assert shown(*frames) == [(0.0, 3.0, "Takoyaki at the market", True)]


def test_twice_in_a_frame():
    """The same text twice in one frame is one."""
    assert shown(["SALE", "Sale"]) == [(0.0, 1.0, "SALE", True)]


def test_weak_ones_are_unreadable():
    """A box below 0.6 is told as unreadable; a lone letter has to be surer, as most are no letters."""
    found = shown([("Ramen", 0.59), ("Udon bar", 0.6), ("間", 0.8), ("肉", 0.95)])
    assert sorted(found) == [
        (0.0, 1.0, "Ramen", False), (0.0, 1.0, "Udon bar", True), (0.0, 1.0, "肉", True), (0.0, 1.0, "間", False),
    ]  # fmt: skip


def test_nothing_to_read():
    """Frames without letters, or with signs alone, show no text."""
    assert shown([], ["..."], ["  ", "→"]) == []


def test_hostile_text():
    """Controls, marks that turn the reading direction and broken Unicode do not get through."""
    ((_, _, text, _),) = shown(["a\x00b\u202ecd\ud800 \n\t e"])
    assert text == "abcd e"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Day 1 in Osaka", "Day 2 in Osaka"),
        ("Ticket 600 yen", "Ticket 500 yen"),
        ("Ticket 600 yen", "Ticket 60 yen"),
        ("we went to the castle in osaka", "we went to the market in osaka"),
        ("cat", "bat"),
        ("東京", "京都"),
        ("10:00", "10:01"),
        ("1", "l"),
    ],
)
def test_other_texts_stay_apart(one: str, other: str):
    """Texts that differ by a digit, by a word, or are short and differ at all, are two."""
    assert not is_same(key_of(one), key_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Castle opens 9:00", "castle opens 9.00"),
        ("Ｌｕｎｃｈ at Kuromon", "Lunch at Kuromon"),
        ("Glico sign photo", "Gl1co sign photo"),
        ("Lunch at Kuromon", "LunchatKuromon"),
        ("Then Dotonbori", "Then Dotonborl"),
    ],
)
def test_the_same_text(one: str, other: str):
    """Case, width, spaces, and letters that look alike make no other text."""
    assert is_same(key_of(one), key_of(other))
