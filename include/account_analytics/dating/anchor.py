"""The posting-day anchor: views rise on the day a video goes up, so posting days tell which label is which day.

Every usable post votes for the shift at which the day of its posting rises most over the day before. Votes count, not the sum
alone: one video that went viral late would turn a sum. On most accounts the votes are unclear, and then nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log1p

SHIFTS = (-1, 0, 1)
FAR_SHIFTS = (-3, -2, 2, 3)
# How clear is clear: measured on accounts whose truth is known.
SHARE_OF_VOTES = 0.8
MARGIN, MARGIN_OF_THREE = 6.0, 8.0
LEAD = 2.0


@dataclass(frozen=True, slots=True)
class Ballot:
    """How the posts voted: the shift with the greatest sum of rises, its votes of `posts`, and its lead over the next."""

    best: int
    votes: int
    posts: int
    margin: float

    def is_clear(self) -> bool:
        if self.posts == 3:
            return self.votes == 3 and self.margin >= MARGIN_OF_THREE
        return self.posts > 3 and self.votes >= SHARE_OF_VOTES * self.posts and self.margin >= MARGIN


def anchored_shift(views: Mapping[int, int], posting_days: Sequence[date]) -> int | None:
    """The shift of the labels whose views (by the label's ordinal) these are; None where the posts do not tell it."""
    ballot = _count(views, posting_days)
    is_told = ballot is not None and ballot.is_clear() and _beats_far_shifts(views, posting_days, ballot.best)
    return ballot.best if ballot and is_told else None


def leaning(views: Mapping[int, int], posting_days: Sequence[date]) -> int | None:
    """The shift for which at least half of the posts vote with some lead: a hint where something must be chosen, no proof."""
    ballot = _count(views, posting_days)
    return ballot.best if ballot and 2 * ballot.votes >= ballot.posts and ballot.margin >= LEAD else None


def _count(views: Mapping[int, int], posting_days: Sequence[date]) -> Ballot | None:
    lifts = [lift for day in posting_days if (lift := _lifts(views, day.toordinal()))]
    if not lifts:
        return None
    sums = {shift: sum(lift[shift] for lift in lifts) for shift in SHIFTS}
    best, second = sorted(SHIFTS, key=lambda shift: -sums[shift])[:2]
    votes = sum(all(lift[best] > lift[other] for other in SHIFTS if other != best) for lift in lifts)
    return Ballot(best, votes, len(lifts), sums[best] - sums[second])


def _lifts(views: Mapping[int, int], day: int) -> dict[int, float] | None:
    """How much each shift's day rises over its day before; None unless all four rows around are there."""
    rows = [views.get(day + step) for step in (-2, -1, 0, 1)]
    counts = [log1p(max(row, 0)) for row in rows if row is not None]
    if len(counts) < 4:
        return None
    return {shift: counts[shift + 2] - counts[shift + 1] for shift in SHIFTS}


def _beats_far_shifts(views: Mapping[int, int], posting_days: Sequence[date], best: int) -> bool:
    """Whether no shift of two or three days explains the posts as well, over the posts that have rows at both."""
    for far in FAR_SHIFTS:
        gains = []
        for posting_day in posting_days:
            day = posting_day.toordinal()
            rows = [views.get(day + step) for step in (best - 1, best, far - 1, far)]
            counts = [log1p(max(row, 0)) for row in rows if row is not None]
            if len(counts) == 4 and _lifts(views, day):
                gains.append((counts[1] - counts[0]) - (counts[3] - counts[2]))
        if gains and sum(gains) <= 0:
            return False
    return True
