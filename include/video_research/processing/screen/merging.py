"""From texts in single frames to texts on the screen: the same text in neighbouring frames is one, with its time span.

Engines read the same caption a little differently from frame to frame. Two readings are one text when they differ by at
most one letter in ten, never by a digit, and never by a whole word that another one takes the place of.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from include.video_research.processing.engines import Box, Reading
from include.video_research.processing.texts import clean
from include.video_research.records import Line

LEAST_SCORE = 0.6  # below it a box is told as unreadable
LEAST_SCORE_ALONE = 0.9  # of a single letter: most of them are a window, a knot, a leaf
MOST_MISSED = 1  # frames between two in which a text is not found, and is still the same showing of it
SHORTEST_ALIKE = 8  # letters: shorter texts are one only when they are equal
_LOOK_ALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b", "¡": "l"})


@dataclass(slots=True)
class _Showing:
    """A text while it is on the screen: `first` and `last` are numbers of frames."""

    first: int
    last: int
    key: str
    readings: list[Box] = field(default_factory=list)


def lines_of(reading: Reading, length: float) -> tuple[Line, ...]:
    """In the order in which they appear. A text is there until the next frame that lacks it, or the end at `length`."""
    open_: list[_Showing] = []
    closed: list[_Showing] = []
    for number, boxes in enumerate(reading.boxes):
        for box in boxes:
            text = clean(box.text)
            key = key_of(text)
            if not key:
                continue
            showing = _same(open_, key, number)
            if showing is None:
                showing = _Showing(number, number, key)
                open_.append(showing)
            showing.last = number
            showing.readings.append(Box(text, box.score, box.box))
        closed += [showing for showing in open_ if number - showing.last > MOST_MISSED]
        open_ = [showing for showing in open_ if number - showing.last <= MOST_MISSED]
    lines = [_line(showing, reading.times, length) for showing in closed + open_]
    return tuple(sorted(lines, key=lambda line: (line.t, not line.is_readable, line.box[1], line.box[0], line.text)))


def key_of(text: str) -> str:
    """Letters and digits alone, in one width and case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LMN")


def is_same(key: str, other: str) -> bool:
    """Whether two readings are of one text."""
    if key == other:
        return True
    if not key or not other or _digits(key) != _digits(other):
        return _look_alike(key) == _look_alike(other) and len(key) >= SHORTEST_ALIKE / 2 and _has_letters(key, other)
    if _look_alike(key) == _look_alike(other):
        return True
    longer = max(len(key), len(other))
    return longer >= SHORTEST_ALIKE and _distance_within(key, other, max(1, longer // 10))


def _same(showings: Sequence[_Showing], key: str, number: int) -> _Showing | None:
    """Equal ones before those that are alike; the same text twice in one frame is one."""
    equal = next((showing for showing in showings if showing.key == key), None)
    if equal is not None:
        return equal
    return next((showing for showing in showings if showing.last < number and is_same(showing.key, key)), None)


def _line(showing: _Showing, times: Sequence[float], length: float) -> Line:
    """As it was read most often and most surely."""
    weight: Counter[str] = Counter()
    for box in showing.readings:
        weight[box.text] += round(box.score * 1000)
    text, _ = max(weight.items(), key=lambda item: item[1])
    best = max((box for box in showing.readings if box.text == text), key=lambda box: box.score)
    after = showing.last + 1
    until = times[after] if after < len(times) else max(length, times[showing.last])
    is_readable = best.score >= (LEAST_SCORE_ALONE if len(showing.key) == 1 else LEAST_SCORE)
    return Line(times[showing.first], round(until, 3), text, round(best.score, 3), best.box, is_readable)


def _digits(key: str) -> str:
    return "".join(letter for letter in key if letter.isdigit())


def _has_letters(key: str, other: str) -> bool:
    return any(letter.isalpha() for letter in key) and any(letter.isalpha() for letter in other)


def _look_alike(key: str) -> str:
    return key.translate(_LOOK_ALIKES)


def _distance_within(one: str, other: str, most: int) -> bool:
    """Whether at most `most` letters have to be put in, left out or changed."""
    if abs(len(one) - len(other)) > most:
        return False
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, against in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != against))
        if min(row) > most:
            return False
    return row[-1] <= most
