"""The growth rules of the contract in slow, obvious Python: what the SQL is compared with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

Counts = tuple[int, int, int]
DAY = timedelta(days=1)


def rounded(value: Fraction, digits: int = 0) -> Decimal:
    """Exact rounding, halves away from zero, as `round(numeric)` does."""
    scaled = value * 10**digits
    whole = abs(scaled.numerator) * 2 // scaled.denominator
    whole = (whole + 1) // 2
    return (
        Decimal(whole if scaled >= 0 else -whole)
        .scaleb(-digits)
        .quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    )


def believed(readings: dict[date, Counts]) -> dict[date, Counts]:
    """The contract's rule of falls: the readings that are true; all others are suspect."""
    true: dict[date, Counts] = {}
    last: int | None = None
    waiting: date | None = None
    for day in sorted(readings):
        followers = readings[day][0]
        if last is not None and 2 * followers < last:
            if waiting is None:
                waiting = day
                continue
            true[waiting] = readings[waiting]
        waiting = None
        true[day] = readings[day]
        last = followers
    return true


def expected_rows(observed: dict[date, Counts]) -> list[tuple]:
    """(day, followers, hearts, videos, growth, percent, compared_with, is_estimated) of one creator, by day."""
    points: dict[date, tuple[Counts, bool]] = {day: (counts, False) for day, counts in observed.items()}
    days = sorted(observed)
    for first, last in pairwise(days):
        day = max(first + DAY, last - 30 * DAY)
        while day < last:
            share = Fraction((day - first).days, (last - first).days)
            counts = tuple(
                int(rounded(a + (b - a) * share)) for a, b in zip(observed[first], observed[last], strict=True)
            )
            points[day] = (counts, True)  # type: ignore[assignment]
            day += DAY
    rows = []
    previous: tuple[date, int] | None = None
    for day in sorted(points):
        (followers, hearts, videos), is_estimated = points[day]
        growth, percent = 0, Decimal("0.00")
        if previous is not None and previous[1] > 0:
            growth = followers - previous[1]
            percent = rounded(Fraction(growth * 100, previous[1]), 2)
        rows.append((day, followers, hearts, videos, growth, percent, previous[0] if previous else None, is_estimated))
        previous = (day, followers)
    return rows
