"""Runs whose process was killed: closed by the next one that opens, and opened again when they go on after all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.comets import run as runs
from include.comets import tasks
from include.comets.checks import CheckFailed
from include.local.played_days import Days


def states(days: Days) -> dict[str, str]:
    return dict(days.rows("select run_id, state from runs"))


def close(days: Days, run_id: str, going: dict[str, bool]) -> list[str]:
    """The next run opens, in an Airflow that knows of the runs in `going` whether they are under way."""
    with days.connect() as connection:
        connection.autocommit = True
        return runs.close_interrupted(connection, run_id, going.get)


def age(days: Days, hours: float) -> None:
    """Everything that was done so far is so many hours ago."""
    days.rows("update runs set started_at = started_at - make_interval(secs => %s) returning 1", hours * 3600)
    days.rows(
        "update api_calls set called_at = called_at - make_interval(secs => %s), claimed_until = null returning 1",
        hours * 3600,
    )


def test_runs_that_airflow_knows_to_be_over_are_closed(days: Days):
    """Of 22 runs killed one after the other, all but the one that opens are interrupted; a run under way is left alone."""
    for number in range(23):
        days.open(f"run {number}")
    going = {f"run {number}": number == 7 for number in range(23)}
    assert len(close(days, "run 22", going)) == 21
    assert [run_id for run_id, state in states(days).items() if state == "running"] == ["run 7", "run 22"]


def test_a_run_of_another_airflow_is_judged_by_its_signs_of_life(days: Days):
    """Two workers' Airflows on one database: silent for less than two hours is at work, for longer it is over."""
    days.open("theirs")
    assert close(days, "ours", {}) == []
    age(days, 1.9)
    assert close(days, "ours", {}) == []
    age(days, 0.2)
    assert close(days, "ours", {}) == ["theirs"]


@pytest.mark.parametrize("sign", ["call", "task", "lease"])
def test_a_sign_of_life_keeps_a_run_open(days: Days, sign: str):
    """A call under way, a task that ended, a batch that is held: whoever does that is not dead, however long ago it began."""
    days.open("theirs")
    age(days, 30)
    signs = {
        "call": "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, claimed_until, run_id, task_id)"
        " values ('comets', '2026-11-02', 'e', 's', 'calling', 'o', now() + interval '1 minute', 'theirs', 'discover')"
        " returning 1",
        "task": "insert into run_tasks (pipeline, run_id, task_id, map_index, answered_from_ledger)"
        " values ('comets', 'theirs', 'discover', 0, 0)"
        " returning 1",
        "lease": "insert into roll_call_batches (day, batch, first_position, last_position, user_ids, run_id, planned_at,"
        " leased_until) values ('2026-11-02', 0, 1, 1, '{1}', 'theirs', now() - interval '1 day', now()) returning 1",
    }
    days.rows(signs[sign])
    assert close(days, "ours", {}) == []


def test_a_run_that_goes_on_after_all_is_open_again(days: Days):
    """Taken for interrupted, it is running with its next task, and complete with its report."""
    run = days.open("first", max_keywords=1)
    assert close(days, "second", {"first": False}) == ["first"]
    assert states(days) == {"first": "interrupted"}
    tasks.fetch_trends(days.connect, days.api(), run)
    assert states(days) == {"first": "running"}
    assert close(days, "second", {"first": False}) == ["first"]
    tasks.write_report(days.connect, run)
    assert states(days) == {"first": "complete"}


def test_the_same_run_opened_again_is_running(days: Days):
    """Clearing an interrupted run with all its tasks begins it anew."""
    days.open("first")
    close(days, "second", {"first": False})
    days.open("first")
    assert states(days) == {"first": "running"}


def test_ended_runs_stay_as_they_are(days: Days):
    """A complete day is not touched, whatever is known of its run."""
    days.play("first", max_keywords=1, pages_per_keyword=1)
    age(days, 100)
    assert close(days, "second", {"first": False}) == []
    assert states(days) == {"first": "complete"}


def test_what_helps_depends_on_whether_the_day_is_past(days: Days):
    """While it lasts: clear the roll call. Six hours after its end nobody is measured for it any more, and that is said."""
    run = days.open("first")
    for number in range(20):
        days.rows("insert into creators (user_id, first_seen_on) values (%s, '2026-11-01') returning 1", f"7{number}")
    with pytest.raises(CheckFailed, match=r"Clear the failed roll_call instances with everything downstream\.$"):
        tasks.check_day(days.connect, run, 0.9, days.now)
    evening = datetime(2026, 11, 3, 5, 59, tzinfo=UTC)
    with pytest.raises(CheckFailed, match=r"Clear the failed roll_call instances"):
        tasks.check_day(days.connect, run, 0.9, evening)
    with pytest.raises(
        CheckFailed, match=r"^coverage 0 of 20 due .* not reached\. The day is past: nobody is measured"
    ) as told:
        tasks.check_day(days.connect, run, 0.9, evening + timedelta(minutes=1))
    assert "roll_call" not in str(told.value)
    assert days.rows("select failed_checks from runs") == [
        (["coverage 0 of 20 due (0.0%) is below the floor of 90%: 0 failed, 20 not reached"],)
    ]


def test_a_red_report_says_what_helps():
    """The report of a past day does not ask to clear anything that could measure."""
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    day = noon.date()
    assert runs.what_to_do(day, ["roll_call_0"], noon) == (
        "The day is not complete: clear roll_call_0 with everything downstream."
    )
    told = runs.what_to_do(day, ["roll_call_0"], noon + timedelta(days=1))
    assert told.startswith("The day is not complete: roll_call_0. The day is past: nobody is measured for it any more.")
