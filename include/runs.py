"""What any run has to do with its day: which one it is about, how long that can be measured, and when it is past."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol, Self

from include.failures import NeedsPerson

GRACE = timedelta(hours=6)
PAST_DAY = (
    "The day is past: nobody is measured for it any more. Clearing its tasks replays the stored answers and calls nothing; "
    "whoever was missed gets an estimated row when next seen."
)


class RunRefused(NeedsPerson, ValueError):
    """The run's day or settings make no sense; the message says which, and what to write instead."""


class Run(Protocol):
    """What the shared parts know of a run, whatever its pipeline; `as_replay` is the same run once its day has ended."""

    @property
    def run_id(self) -> str: ...

    @property
    def day(self) -> date: ...

    @property
    def is_replay(self) -> bool: ...

    def as_replay(self) -> Self: ...


def day_of(logical_date: datetime | None, run_after: datetime) -> date:
    """The UTC day a run is about: that of its logical date; a manual run may have none, then that of `run_after`."""
    return (logical_date or run_after).astimezone(UTC).date()


def mode_on(day: date, now: datetime) -> Literal["live", "replay"]:
    """Live on the day itself and up to six hours after its end. Raises RunRefused for a day to come."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if now < begins:
        raise RunRefused(
            f"{day} has not begun (it is {now:%Y-%m-%d %H:%M} UTC). Trigger the run with an earlier logical date."
        )
    return "live" if now < live_until(day) else "replay"


def live_until(day: date) -> datetime:
    """The moment from which on the API's numbers are no longer this day's."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + GRACE
