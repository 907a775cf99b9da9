"""How long a day can be measured, and what there is to say of one that is past."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

GRACE = timedelta(hours=6)
PAST_DAY = (
    "The day is past: nobody is measured for it any more. Clearing its tasks replays the stored answers and calls nothing; "
    "whoever was missed gets an estimated row when next seen."
)


def live_until(day: date) -> datetime:
    """The moment from which on the API's numbers are no longer this day's."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1) + GRACE
