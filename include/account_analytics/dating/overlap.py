"""The overlap of two downloads: the days both know, compared cell by cell, tell how far their labels stand apart.

Whole rows of Overview practically never agree by chance, so equal rows show which label of one download is the same day as
which label of the other: the shift of the two *to each other*, and where one of them has a year, the year of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from include.account_analytics.facts import MemberRows

APART = (-2, -1, 0, 1, 2)
# By what the rows of a report are compared; the other metrics make the whole row.
MAIN = {"overview": "video_views", "viewers": "total_viewers", "follower_history": "followers"}
# From so many views on one whole row is enough; below, down to the second, two are; still smaller rows say nothing.
SURE, SMALL = 50, 10
# A "whole row" needs at least so many cells: with fewer, equality says no more than the views alone.
CELLS_OF_A_ROW = 3
# TikTok may not have finished counting the last rows of a download.
PROVISIONAL = 2
ROWS_OF_A_STRANGER = 3


def has_days(member: MemberRows) -> bool:
    """Whether it is a report whose rows can be compared: days, with the metric they are compared by."""
    return MAIN.get(member.report, "") in member.metrics


@dataclass(frozen=True, slots=True)
class Series:
    """The day rows of one member: `first` is the ordinal of its first label; a whole row is one tuple of cells."""

    member: MemberRows
    first: int
    main: tuple[int | None, ...]
    rows: dict[tuple[str, ...], list[tuple[int | None, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, member: MemberRows, first_label: date) -> Series:
        return cls(member, first_label.toordinal(), tuple(member.metrics.get(MAIN[member.report], ())))

    @property
    def last(self) -> int:
        return self.first + len(self.main) - 1

    def whole_rows(self, names: tuple[str, ...]) -> list[tuple[int | None, ...]]:
        if names not in self.rows:
            self.rows[names] = list(zip(*(self.member.metrics[name] for name in names), strict=True))
        return self.rows[names]


@dataclass(slots=True)
class Tally:
    """What the common rows say at one distance: `equal` and `unequal` by views, `same` also where it says nothing."""

    sure: int = 0
    sure_views: int = 0
    small: int = 0
    equal: int = 0
    unequal: int = 0
    same: int = 0

    def decides(self) -> bool:
        is_enough = self.sure >= 1 or self.sure_views >= 2 or self.small >= 2
        return is_enough and self.equal >= self.unequal

    def is_unfit(self) -> bool:
        return self.unequal > self.same


@dataclass(frozen=True, slots=True)
class Verdict:
    """`apart` is the first download's shift less the second's; `weight` counts the equal rows behind it."""

    kind: Literal["decided", "strangers", "unclear"]
    apart: int = 0
    weight: int = 0


UNCLEAR = Verdict("unclear")


def compare(one: Series, other: Series) -> Verdict:
    """What two downloads say of each other; strangers are those whose common days fit at no distance."""
    names = tuple(sorted(set(one.member.metrics) & set(other.member.metrics)))
    tallies = {apart: _tally(one, other, names, apart) for apart in APART}
    decided = [apart for apart, tally in tallies.items() if tally.decides()]
    if len(decided) == 1:
        return Verdict("decided", decided[0], tallies[decided[0]].equal)
    at_once = tallies[0]
    if at_once.same + at_once.unequal >= ROWS_OF_A_STRANGER and all(tally.is_unfit() for tally in tallies.values()):
        return Verdict("strangers")
    return UNCLEAR


def differing(one: Series, other: Series, apart: int) -> tuple[int, int]:
    """Of the settled rows that both have when they lie `apart` labels apart: how many differ, and how many there are."""
    tally = _tally(one, other, tuple(sorted(set(one.member.metrics) & set(other.member.metrics))), apart)
    return tally.unequal, tally.unequal + tally.same


def _tally(one: Series, other: Series, names: tuple[str, ...], apart: int) -> Tally:
    """Compare the rows whose labels lie `apart` days apart.

    A provisional row that differs does not count, one that is equal does: a day that was counted to its end early is no accident.
    """
    tally = Tally()
    back = one.first - other.first - apart  # row i of one stands beside row i + back of the other
    rows, other_rows = one.whole_rows(names), other.whole_rows(names)
    settled, other_settled = len(rows) - PROVISIONAL, len(other_rows) - PROVISIONAL
    for i in range(max(0, -back), min(len(rows), len(other_rows) - back)):
        j = i + back
        views, other_views = one.main[i], other.main[j]
        if views is None or other_views is None or max(views, other_views) < SMALL:
            continue
        if views == other_views:
            tally.same += 1
            _count_equal(tally, one, other, rows, other_rows, i, j)
        elif i < settled and j < other_settled:
            tally.unequal += 1
    return tally


def _count_equal(
    tally: Tally,
    one: Series,
    other: Series,
    rows: list[tuple[int | None, ...]],
    other_rows: list[tuple[int | None, ...]],
    i: int,
    j: int,
) -> None:
    """A row that is also equal a day further on either side says nothing about the distance."""
    views = one.main[i] or 0
    is_whole = len(rows[i]) >= CELLS_OF_A_ROW and rows[i] == other_rows[j] and _stands_alone(rows, other_rows, i, j)
    is_by_views = _stands_alone(one.main, other.main, i, j)
    tally.equal += is_whole or is_by_views
    tally.sure += is_whole and views >= SURE
    tally.small += is_whole and SMALL <= views < SURE
    tally.sure_views += is_by_views and views >= SURE


def _stands_alone(one: list | tuple, other: list | tuple, i: int, j: int) -> bool:
    beside = [other[at] for at in (j - 1, j + 1) if 0 <= at < len(other)]
    beside += [one[at] for at in (i - 1, i + 1) if 0 <= at < len(one)]
    return one[i] not in beside
