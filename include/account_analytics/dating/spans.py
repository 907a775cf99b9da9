"""Labels laid on the calendar: which day each row's label is, once one of them has a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from include.account_analytics.facts import Label, MemberRows

# No export is older: TikTok began in the autumn of 2016.
FIRST_YEAR = 2016
CONTENT = frozenset({"content", "videos"})
_START = date(2000, 1, 1)
_CALENDAR = tuple(
    (day.month, day.day) for day in (_START + timedelta(days=n) for n in range((date(2100, 1, 1) - _START).days))
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Two neighbouring rows (positions among the labels) that cannot both stand in the year that was tried."""

    upper: int
    lower: int


def day_labels(member: MemberRows) -> tuple[Label, ...]:
    """One label for each day of the member: a follower activity repeats its day for each hour, Content for each video."""
    if "day_labels" not in member.worked_out:
        member.worked_out["day_labels"] = _day_labels(member)
    found: tuple[Label, ...] = member.worked_out["day_labels"]
    return found


def _day_labels(member: MemberRows) -> tuple[Label, ...]:
    labels = member.labels
    if member.report in CONTENT:
        # Neighbours mostly share one label, which is compared sooner than hashed.
        runs = (label for label, _ in groupby(post.seen for post in member.posts))
        seen = {label for label in runs if label is not None} or set(labels)
        return tuple(sorted(seen, key=lambda label: (label.year or 0, label.month, label.day)))
    if member.report == "follower_activity":
        return tuple(label for n, label in enumerate(labels) if n == 0 or label != labels[n - 1])
    return labels


def line_of(member: MemberRows, position: int) -> int:
    """The line of the file on which the n-th day begins; the header is line 1."""
    labels = day_labels(member)
    at = position if labels == member.labels else _first_row(member.labels, labels, position)
    return member.lines[at] if at < len(member.lines) else at + 2


def _first_row(rows: tuple[Label, ...], labels: tuple[Label, ...], position: int) -> int:
    return rows.index(labels[position]) if labels[position] in rows else position


def is_label_of(label: Label, day: date) -> bool:
    return (label.month, label.day) == (day.month, day.day) and label.year in (None, day.year)


def near(label: Label, day: date, before: int, after: int) -> date | None:
    """The day with this label from `before` days before `day` to `after` days after it; None without one."""
    days = (day + timedelta(days=step) for step in range(-before, after + 1))
    return next((each for each in days if is_label_of(label, each)), None)


def place(labels: tuple[Label, ...], position: int, day: date) -> date | Misfit:
    """The first label's day when the label at `position` is `day`, or the two rows that forbid it.

    The rows are walked from `position` outwards, so that the two are where the calendar and the file part.
    """
    return _place(labels, _written(labels), position, day)


def _written(labels: tuple[Label, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((label.month, label.day) for label in labels)


def _place(labels: tuple[Label, ...], written: tuple[tuple[int, int], ...], position: int, day: date) -> date | Misfit:
    """As `place`; the calendar has just these months and days, mostly, and is quick to compare with all of them at once."""
    first = day - timedelta(days=position)
    at = (first - _START).days
    if labels[0].year is None and _CALENDAR[at : at + len(labels)] == written:
        return first
    for at in range(position, len(labels)):
        if not is_label_of(labels[at], first + timedelta(days=at)):
            return Misfit(max(at - 1, 0), at)
    for at in range(position - 1, -1, -1):
        if not is_label_of(labels[at], first + timedelta(days=at)):
            return Misfit(at, at + 1)
    return first


def fits(labels: tuple[Label, ...], last_year: int, until_year: int | None = None) -> list[date]:
    """The days the first label can be, with its last label in `last_year` up to `until_year`, oldest first."""
    return list(_fitting(labels, last_year, until_year or last_year))


def _fitting(labels: tuple[Label, ...], last_year: int, until_year: int) -> Iterator[date]:
    last, written = labels[-1], _written(labels)
    for year in range(last_year, until_year + 1):
        try:
            day = date(year, last.month, last.day)
        except ValueError:  # February 29 of a year that has none
            continue
        first = _place(labels, written, len(labels) - 1, day)
        if isinstance(first, date):
            yield first


def follows_itself(labels: tuple[Label, ...]) -> Misfit | None:
    """None when some year fits all labels; else the first two rows that are not neighbours in any year."""
    # 2016 to 2028: every kind of year, three leap years.
    if next(_fitting(labels, FIRST_YEAR, FIRST_YEAR + 12), None):
        return None
    if labels[0].year is not None:
        misfit = place(labels, 0, date(labels[0].year, labels[0].month, labels[0].day))
        return misfit if isinstance(misfit, Misfit) else None
    for at in range(1, len(labels)):
        if not fits(labels[at - 1 : at + 1], FIRST_YEAR, FIRST_YEAR + 12):
            return Misfit(at - 1, at)
    return _leap_misfit(labels)


def _leap_misfit(labels: tuple[Label, ...]) -> Misfit:
    """Every pair is possible, not all together: the last row up to which some year still fits, and the next."""
    for end in range(2, len(labels) + 1):
        if not fits(labels[:end], FIRST_YEAR, FIRST_YEAR + 12):
            return Misfit(end - 2, end - 1)
    return Misfit(0, len(labels) - 1)
