"""When `comets` runs: daily, and never for a day that has not begun.

Airflow makes a run active as soon as it is triggered, and holds its tasks back until its logical date. One dated next week would
keep the only place of `max_active_runs` until then, and no day in between would be measured.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.timetables.base import DataInterval
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import DateTime, now

# A browser fills in its own clock's present, which may be a little ahead; a run waits so long at the most.
AHEAD = timedelta(minutes=5)


class NeverAhead(CronTriggerTimetable):
    """A cron schedule that refuses logical dates to come, by whatever way a run is triggered."""

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """Asked for the logical date of every run that is triggered with one. ValueError is shown to who triggers it."""
        present = now("UTC")
        if run_after > present + AHEAD:
            raise ValueError(
                f"The logical date {run_after.in_timezone('UTC'):%Y-%m-%d %H:%M} UTC is still to come (it is "
                f"{present:%Y-%m-%d %H:%M} UTC): such a run would keep all others waiting until then. Leave the logical date "
                "empty for today's run."
            )
        return super().infer_manual_data_interval(run_after=run_after)
