"""The lag of Viewers: its rows mostly stand one day late against Overview, and the lag can change inside a file.

Nobody views a video without a view, so viewers ≤ views on every day. The lag of a stretch is the one under which fewer rows break
that; without a difference, or with fewer than five days in common, it is one day, as in nearly all files seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

LAGS = (1, 0)
USUAL = 1
ENOUGH_DAYS = 5
# A change of the lag must spare so many broken rows: two or three stand in genuine files without any change.
PRICE_OF_A_CHANGE = 4


def viewers_lag(
    days: Sequence[date], viewers: Sequence[int | None], views: Mapping[date, int | None]
) -> tuple[date | None, ...]:
    """The true day of each row of Viewers; None for the surplus label where the lag grows.

    `days` are the rows' labels less the shift of their download, consecutive; `views` are Overview's, by true day.
    """
    broken = [
        {lag: _is_broken(day, count, views, lag) for lag in LAGS} for day, count in zip(days, viewers, strict=True)
    ]
    common = sum(
        count is not None and views.get(day - timedelta(days=USUAL)) is not None
        for day, count in zip(days, viewers, strict=True)
    )
    lags = _lags(broken) if common >= ENOUGH_DAYS else [USUAL] * len(days)
    found: list[date | None] = [day - timedelta(days=lag) for day, lag in zip(days, lags, strict=True)]
    for row in range(1, len(found)):
        if lags[row - 1 : row + 1] == [0, 1]:
            found[row] = None  # the day is the row's before
    return tuple(found)


def _is_broken(day: date, count: int | None, views: Mapping[date, int | None], lag: int) -> bool:
    on_day = views.get(day - timedelta(days=lag))
    return count is not None and on_day is not None and count > on_day


def _lags(broken: Sequence[Mapping[int, bool]]) -> list[int]:
    """The lag of each row, with the fewest broken rows and changes; of equals, the usual lag for as long as can be."""
    costs: list[dict[int, int]] = []
    for row in broken:
        before = costs[-1] if costs else dict.fromkeys(LAGS, 0)
        costs.append({lag: row[lag] + min(before[other] + _price(other, lag) for other in LAGS) for lag in LAGS})
    lags: list[int] = []
    for cost in reversed(costs):
        after = lags[-1] if lags else None
        lags.append(min(LAGS, key=lambda lag, cost=cost, after=after: cost[lag] + _price(lag, after)))  # type: ignore[misc]
    return lags[::-1]


def _price(lag: int, other: int | None) -> int:
    return PRICE_OF_A_CHANGE if other is not None and lag != other else 0
