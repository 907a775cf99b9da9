"""Runs of a day that has not begun: which they are. That Airflow ends them is asked of a running one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from include import dates_to_come
from include.settings import ROOT

NOW = datetime(2026, 12, 31, 23, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "ahead", [timedelta(minutes=5, seconds=1), timedelta(hours=1), timedelta(days=3), timedelta(days=4000)]
)
def test_a_day_to_come_is_refused(ahead: timedelta):
    """Further ahead than clocks are apart: refused in words that name the date in UTC, whatever zone it was given in."""
    asked = (NOW + ahead).astimezone(timezone(timedelta(hours=14)))
    why = dates_to_come.refusal(asked, NOW)
    assert why is not None
    assert f"its logical date {NOW + ahead:%Y-%m-%d %H:%M} UTC is still to come" in why


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=-5), timedelta(days=1), timedelta(days=400)])
def test_the_present_and_the_past_are_taken(back: timedelta):
    """Now, a little ahead of it (a browser's clock), and any day before; a run without a date is today's."""
    assert dates_to_come.refusal(NOW - back, NOW) is None
    assert dates_to_come.refusal(None, NOW) is None


def test_every_dag_whose_runs_go_one_after_the_other():
    """A run that waits for its date keeps the place of all others: no such DAG is left out."""
    single = {
        path.stem for path in (ROOT / "dags").glob("*.py") if "max_active_runs=1," in path.read_text(encoding="utf-8")
    }
    assert single == dates_to_come.DAGS


def test_dags_of_others_are_left_alone():
    """In an Airflow that is shared, other people's runs may wait for their date."""
    theirs = SimpleNamespace(dag_id="theirs", logical_date=datetime.now(UTC) + timedelta(days=9))
    dates_to_come.on_dag_run_running(theirs)
    assert vars(theirs).keys() == {"dag_id", "logical_date"}
