"""The lag of Viewers: its rows mostly stand one day late against Overview, and the lag can change inside a file.

Nobody views a video without a view, so viewers ≤ views on every day. The lag of a stretch is the one under which fewer rows break
that; without a difference, or with fewer than five days in common, it is one day, as in nearly all files seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

USUAL = 1  # day; the other lag is none
DAY = timedelta(days=USUAL)
ENOUGH_DAYS = 5
# A change of the lag must spare so many broken rows: two or three stand in genuine files without any change.
PRICE_OF_A_CHANGE = 4


def viewers_lag(
    days: Sequence[date], viewers: Sequence[int | None], views: Mapping[date, int | None]
) -> tuple[date | None, ...]:
    """The true day of each row of Viewers; None for the surplus label where the lag grows.

    `days` are the rows' labels less the shift of their download, consecutive; `views` are Overview's, by true day.
    """
    told = [(count, views.get(day - DAY), views.get(day)) for day, count in zip(days, viewers, strict=True)]
    broken = [(_is_broken(count, usual), _is_broken(count, on_label)) for count, usual, on_label in told]
    common = sum(count is not None and usual is not None for count, usual, _ in told)
    lags = _lags(broken) if common >= ENOUGH_DAYS and any(usual for usual, _ in broken) else [USUAL] * len(days)
    found: list[date | None] = [day - DAY if lag else day for day, lag in zip(days, lags, strict=True)]
    for row in range(1, len(found)):
        if lags[row] and not lags[row - 1]:
            found[row] = None  # the day is the row's before
    return tuple(found)


def _is_broken(count: int | None, on_day: int | None) -> bool:
    return count is not None and on_day is not None and count > on_day


def _lags(broken: Sequence[tuple[bool, bool]]) -> list[int]:
    """The lag of each row, with the fewest broken rows and changes; of equals, the usual lag for as long as can be.

    `broken`: whether the row is under the usual lag, and under none.
    """
    costs: list[tuple[int, int]] = []
    usual = none = 0
    for broken_usual, broken_none in broken:
        usual, none = (
            broken_usual + min(usual, none + PRICE_OF_A_CHANGE),
            broken_none + min(none, usual + PRICE_OF_A_CHANGE),
        )
        costs.append((usual, none))
    lags: list[int] = []
    to_usual = to_none = 0  # what it costs to go on with the row after
    for usual, none in reversed(costs):
        lag = USUAL if usual + to_usual <= none + to_none else 0
        lags.append(lag)
        to_usual, to_none = (0, PRICE_OF_A_CHANGE) if lag == USUAL else (PRICE_OF_A_CHANGE, 0)
    return lags[::-1]
