"""Lines through days as SVG coordinates: a real time axis, gaps left open, estimated stretches apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log10

DAYS = 30
WIDTH, HEIGHT, MARGIN = 110.0, 28.0, 3.0
BAND = (10_000, 100_000)
LEAST_SPAN = 0.02  # of the most: a smaller change is drawn as small as it is, not as a take-off


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line through neighbouring days; `points` as SVG writes them. A single day is a line of no length, which is a dot."""

    points: str
    is_estimated: bool


def stretches(
    last_day: date, days: Sequence[date], followers: Sequence[int], estimated: Sequence[bool], shown: int = DAYS
) -> list[Stretch]:
    """The lines of the `shown` days up to `last_day`, scaled to their own least and most, LEAST_SPAN apart at the least.

    A line between two days is estimated when either of them is; days that are not neighbours are not joined. An observed day
    between estimated ones is a dot on their line.
    """
    if not days:
        return []
    middle = (min(followers) + max(followers)) / 2
    span = max(max(followers) - min(followers), LEAST_SPAN * max(followers), 1)
    points = []
    for day, count in zip(days, followers, strict=True):
        across = (shown - 1 - (last_day - day).days) / (shown - 1)
        up = 0.5 + (count - middle) / span
        x, y = MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)
        points.append(f"{x:.1f},{y:.1f}")
    lines: list[tuple[list[str], bool]] = []
    for number, point in enumerate(points):
        joined = number > 0 and (days[number] - days[number - 1]).days == 1
        dashed = estimated[number] or (joined and estimated[number - 1])
        if not joined:
            lines.append(([point], estimated[number]))
        elif lines[-1][1] == dashed or len(lines[-1][0]) == 1:
            lines[-1][0].append(point)
            lines[-1] = (lines[-1][0], dashed)
        else:
            lines.append(([points[number - 1], point], dashed))
    drawn = [Stretch(" ".join(line), dashed) for line, dashed in lines if len(line) > 1]
    observed = {day for day, is_estimated in zip(days, estimated, strict=True) if not is_estimated}
    known = set(days)
    for day, point in zip(days, points, strict=True):
        neighbours = {day - timedelta(days=1), day + timedelta(days=1)}
        if not neighbours & (observed if day in observed else known):
            # A line with round ends and no length.
            drawn.append(Stretch(f"{point} {point}", day not in observed))
    return drawn


def place_in_band(followers: int) -> float:
    """Where a count stands between the ends of BAND on a logarithmic scale: 0 to 1, and no further."""
    least, most = BAND
    return min(1.0, max(0.0, log10(max(followers, 1) / least) / log10(most / least)))
