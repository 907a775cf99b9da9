"""The budget of calls: never exceeded by the vendor's own count, and the roll call has the first claim on it."""

from __future__ import annotations

from datetime import UTC

import pytest

from include.local.played_days import Days
from tests.include.comets.rosters import TODAY, counts, enter, plain, status_fault


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def test_the_roll_call_has_first_claim(today):
    """30 creators due and 33 calls: discovery gets 3 of them, the whole roster is measured."""
    roster = enter(today, plain(today, 30))
    _, failed, report = today.play(max_calls=33, max_keywords=2, pages_per_keyword=1)
    assert 30 <= len(today.sandbox.log()) <= 33
    assert len([entry for entry in today.sandbox.log() if entry["endpoint"] != "user_profile"]) <= 3
    assert set(roster) <= set(counts(today, TODAY))
    assert all(step.startswith("discover") for step in failed)
    assert "   ❌ Failed: 0" in report.splitlines()


def test_who_is_left_out_is_not_measured_because_of_the_budget(today):
    """30 due and 12 calls: 12 measured, 18 named as not measured for the budget, nobody failed, the run not red."""
    enter(today, plain(today, 30))
    _, failed, report = today.play(skip_discovery=True, max_calls=12)
    assert failed == []
    assert len(today.sandbox.log()) == len(counts(today, TODAY)) == 12
    assert "   💸 Not measured: budget: 18" in report.splitlines()
    assert today.rows("select count(*) from roll_call_misses") == [(0,)]


def test_retries_are_calls_too(today):
    """A burst of 503s eats into the budget: requests at the sandbox never exceed it."""
    enter(today, plain(today, 20))
    today.sandbox.inject(status_fault(503, times=6))
    _, _, report = today.play(skip_discovery=True, max_calls=15)
    assert len(today.sandbox.log()) == 15
    assert "💳 API calls: 15 (" in report
    assert today.rows("select calls_made from runs") == [(15,)]


def test_without_a_budget_left_nothing_is_called(today):
    """A budget of 0: no call at all, the trends fail, the roster is not measured, and nothing is marked as failed."""
    enter(today, plain(today, 5))
    _, failed, report = today.play(max_calls=0)
    assert today.sandbox.log() == []
    assert [step.split(":")[0] for step in failed] == ["fetch_trends"]
    assert "   💸 Not measured: budget: 5" in report.splitlines()


def test_answers_already_paid_for_cost_no_budget(today):
    """A second run with a budget of 2 measures two new creators and everybody answered before."""
    creators = plain(today, 12)
    enter(today, creators[:10])
    today.play(skip_discovery=True)
    enter(today, creators[10:])
    with today.connect() as connection:
        connection.execute("delete from creator_stats")
    today.sandbox.clear_log()
    today.play(skip_discovery=True, max_calls=2)
    assert len(today.sandbox.log()) == 2
    assert len(counts(today, TODAY)) == 12


def test_a_budget_for_new_creators_alone(today):
    """With skip_roll_call the whole budget is discovery's."""
    enter(today, plain(today, 10))
    today.play(skip_roll_call=True, max_calls=5, max_keywords=2, pages_per_keyword=1)
    assert len(today.sandbox.log()) == 5


def test_a_day_that_is_over_is_no_budget_spent(today):
    """The last seconds of a live day leave no time for 10 creators: with calls left they were due, and the day is red."""
    from datetime import date, datetime

    enter(today, plain(today, 10))
    today.now = datetime(2026, 11, 3, 5, 59, 55, tzinfo=UTC)
    _, failed, _ = today.play(day=date(2026, 11, 2), skip_discovery=True, max_calls=10)
    assert [step.split(" below")[0] for step in failed] == ["check_day: CheckFailed: coverage 0 of 10 due (0.0%) is"]
    assert today.rows("select coverage from runs") == [(0,)]
