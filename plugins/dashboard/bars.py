"""Days side by side as bars of an SVG: one for each day that has a number, a gap for each that has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 300.0, 56.0
FILLED = 0.75  # of the width of a day; the rest keeps neighbours apart
LEAST_HEIGHT = 1.0  # a counted 0 is a line at the foot, and not the gap of a day without a number


@dataclass(frozen=True, slots=True)
class Day:
    """A number of a day, None where there is none; `text` says it in words, `tone` is one of those of a run."""

    day: date
    value: float | None
    text: str
    tone: str = "good"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in units of a picture of WIDTH × HEIGHT, and the whole of its day's place, which answers when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    text: str
    tone: str
    place: float
    place_width: float


@dataclass(frozen=True, slots=True)
class Picture:
    """What one kind of number was, day by day; `scale` says how much a full bar is, `summary` all of it in words."""

    title: str
    scale: str
    bars: list[Bar]
    summary: str = ""


def bars(days: Sequence[Day], most: float | None = None) -> list[Bar]:
    """The days in any order, the oldest first in the picture; as high as `most`, by default the largest number, is full."""
    known = [day for day in days if day.value is not None]
    if not known:
        return []
    full = most or max(day.value or 0.0 for day in known) or 1.0
    first = min(day.day for day in days)
    step = WIDTH / max((max(day.day for day in days) - first).days + 1, 7)  # two days are no two blocks
    found = []
    for day in sorted(known, key=lambda each: each.day):
        height = max(min((day.value or 0.0) / full, 1.0) * HEIGHT, LEAST_HEIGHT)
        place = (day.day - first).days * step
        x, y, width = (
            round(value, 1) for value in (place + step * (1 - FILLED) / 2, HEIGHT - height, max(step * FILLED, 1.0))
        )
        found.append(Bar(x, y, width, round(height, 1), day.text, day.tone, round(place, 1), round(step, 1)))
    return found
