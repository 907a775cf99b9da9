"""What an export proves by itself about its dates: enough for its name in the lake, and for the lines of raw.

The years that count are found later, by all downloads of an account together (`dating`); here nothing is more than said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from include.account_analytics.facts import Label, NameFacts

Basis = Literal["file", "name", "member_time", "none"]
# The last row of a download lies so many days before it: what lies further back is a range that ended earlier.
LEAST_DAYS, MOST_DAYS = 1, 4
# The label of a report of one moment is the day of the download itself, by the clock of the browser.
SAME_DAY = range(-1, 2)


@dataclass(frozen=True, slots=True)
class Proof:
    """The labels' days as the export proves them, None where it does not, and when it was made."""

    basis: Basis = "none"
    first: date | None = None
    last: date | None = None
    exported_at: datetime | None = None


def prove(
    labels: Sequence[Label], name: NameFacts, written_at: datetime | None, *, is_of_one_moment: bool = False
) -> Proof:
    """By the file's own years, by the name as TikTok gives it, by the member's time; in this order."""
    moment = written_at or name.ends_at
    if not labels:
        return Proof("member_time" if written_at else "none", exported_at=written_at)
    days = len(labels) - 1
    if (first := _day(labels[0])) is not None and (last := _day(labels[-1])) is not None:
        return Proof("file", first, last, moment)
    if name.start is not None and _is(labels[0], name.start):
        return Proof("name", name.start, name.start + timedelta(days=days), moment)
    if name.ends_at is not None and _is(labels[-1], name.ends_at.date()):
        return Proof("name", name.ends_at.date() - timedelta(days=days), name.ends_at.date(), moment)
    if written_at is not None:
        made_on = written_at.astimezone(UTC).date()
        for back in SAME_DAY if is_of_one_moment else range(LEAST_DAYS, MOST_DAYS + 1):
            last = made_on - timedelta(days=back)
            if _is(labels[-1], last):
                return Proof("member_time", last - timedelta(days=days), last, moment)
    return Proof(exported_at=moment)


def _day(label: Label) -> date | None:
    return date(label.year, label.month, label.day) if label.year is not None else None


def _is(label: Label, day: date) -> bool:
    return (label.month, label.day) == (day.month, day.day)
