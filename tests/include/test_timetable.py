"""When `comets` runs: nightly, and what is to come is refused before it is made."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pendulum
import pytest

from include.timetable import NeverAhead

NIGHTLY = NeverAhead("0 2 * * *", timezone="UTC")


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(hours=1), timedelta(days=3), timedelta(days=4000)])
def test_a_day_to_come_is_refused(ahead: timedelta):
    """A logical date further ahead than clocks are apart is refused in words, whatever its zone."""
    asked = pendulum.now("Pacific/Kiritimati") + ahead
    with pytest.raises(ValueError, match=r"is still to come .* Leave the logical date empty"):
        NIGHTLY.infer_manual_data_interval(run_after=asked)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=-4), timedelta(days=1), timedelta(days=400)])
def test_the_present_and_the_past_are_taken(back: timedelta):
    """Now, a little ahead of it (a browser's clock), and any day before: the interval is the moment itself."""
    asked = pendulum.now("UTC") - back
    interval = NIGHTLY.infer_manual_data_interval(run_after=asked)
    assert (interval.start, interval.end) == (asked, asked)


def test_it_survives_the_scheduler():
    """What the scheduler keeps of it is the same timetable: it asks the same, at the same hour."""
    kept = NeverAhead.deserialize(NIGHTLY.serialize())
    assert (type(kept), kept.summary) == (NeverAhead, "0 2 * * *")
    moment = pendulum.instance(datetime(2026, 11, 2, 3, tzinfo=timezone.utc))
    assert kept._get_next(moment) == datetime(2026, 11, 3, 2, tzinfo=timezone.utc)
