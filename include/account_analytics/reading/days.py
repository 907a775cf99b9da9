"""Reports of one row a day, or of one row an hour: days follow each other, none left out, none twice."""

from __future__ import annotations

from datetime import date, timedelta

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.names import shown
from include.account_analytics.reading.numbers import parse_count
from include.account_analytics.reading.rows import Rows, cell


class Days:
    """Labels in the file's order, each with its first line."""

    def __init__(self) -> None:
        self.lines: dict[Label, int] = {}
        self.last: Label | None = None

    def add(self, line: int, label: Label) -> None:
        """Raises Refused with both lines for a day that is there twice, or does not follow the one before."""
        if label in self.lines:
            raise Refused(
                "duplicate_label",
                f"Lines {self.lines[label]} and {line} are both {written(label)}. {WHERE}",
            )
        if self.last is not None and label not in following(self.last):
            raise Refused(
                "not_consecutive",
                f"Line {self.lines[self.last]} is {written(self.last)}, and line {line} is {written(label)}: "
                f"days are missing or in another order. {WHERE}",
            )
        self.lines[label] = line
        self.last = label


def following(label: Label) -> tuple[Label, ...]:
    """The day after; without a year, 28 February is followed by 29 February or 1 March."""
    tomorrow = date(label.year or 2000, label.month, label.day) + timedelta(days=1)
    after = Label(tomorrow.month, tomorrow.day, tomorrow.year if label.year else None)
    return (after, Label(3, 1)) if (label.month, label.day, label.year) == (2, 28, None) else (after,)


def written(label: Label) -> str:
    """As messages say it: `03-14` or `2026-03-14`."""
    return f"{label.year}-{label.month:02}-{label.day:02}" if label.year else f"{label.month:02}-{label.day:02}"


def read_days(rows: Rows) -> tuple[int, Days, dict[str, tuple[int | None, ...]]]:
    """How many rows, their days, and each count of each day."""
    place, days = rows.places["date"], Days()
    metrics: dict[str, list[int | None]] = {name: [] for name in rows.counts}
    for line, values in rows:
        days.add(line, cell(rows.label, line, values[place]))
        for name, number in rows.numbers_of(line, values).items():
            metrics[name].append(number)
    return len(days.lines), days, {name: tuple(numbers) for name, numbers in metrics.items()}


def read_hours(rows: Rows) -> tuple[int, Days, int | None]:
    """How many rows, their days, and how many hours of the last day have a number above 0.

    On the day on which clocks are put back, one hour is there twice.
    """
    place, days, count = rows.places["date"], Days(), 0
    hours: dict[int, int] = {}
    filled = repeated = 0
    for line, values in rows:
        label = cell(rows.label, line, values[place])
        if label != days.last:
            days.add(line, label)
            hours, filled, repeated = {}, 0, 0
        hour = _hour(line, values[rows.places["hour"]])
        repeated += hour in hours
        if repeated > 1:
            raise Refused(
                "duplicate_label", f"Lines {hours[hour]} and {line} are both hour {hour} of {written(label)}. {WHERE}"
            )
        hours[hour] = line
        filled += any(rows.numbers_of(line, values).values())
        count += 1
    return count, days, filled if count else None


def _hour(line: int, text: str) -> int:
    hour = cell(parse_count, line, text)
    if hour is None or not 0 <= hour <= 23:
        raise Refused("unreadable_hour", f"Line {line}: {shown(text)!r} is not an hour from 0 to 23. {WHERE}")
    return hour
